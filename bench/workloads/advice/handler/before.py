"""An attribute is a function that closes over the object."""

from collections.abc import Callable


class Button:
    pressed: Callable[[], None] | None = None
    presses = 0


def op() -> None:
    button = Button()

    def press() -> None:
        button.presses += 1

    button.pressed = press
