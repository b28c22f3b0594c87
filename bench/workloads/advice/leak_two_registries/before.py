"""Two registries keep each session."""


class Session:
    pass


BY_AGE: list[Session] = []
OPEN: set[Session] = set()


def op() -> None:
    session = Session()
    BY_AGE.append(session)
    OPEN.add(session)
