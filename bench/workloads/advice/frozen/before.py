"""A frozen dataclass is given one of its own methods."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    draw: object = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "draw", self.paint)

    def paint(self) -> None:
        pass


def op() -> None:
    Shape()
