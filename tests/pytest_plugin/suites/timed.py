"""The first run of a body has a timer, and the others have none."""


class Box:
    pass


RUNS: list[int] = []


def test_timer(timer: list[str]) -> None:
    RUNS.append(1)
    assert len(timer) == (len(RUNS) == 1)


def test_timer_leaves(timer: list[str]) -> None:
    box = Box()
    box.me = box  # type: ignore[attr-defined]
