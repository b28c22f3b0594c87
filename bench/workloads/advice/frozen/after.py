"""The method is looked up when it is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    @property
    def draw(self) -> object:
        return self.paint

    def paint(self) -> None:
        pass


def op() -> None:
    Shape()
