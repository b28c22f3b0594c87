"""It is removed from both."""


class Session:
    pass


BY_AGE: list[Session] = []
OPEN: set[Session] = set()


def op() -> None:
    session = Session()
    BY_AGE.append(session)
    OPEN.add(session)
    BY_AGE.remove(session)
    OPEN.discard(session)
