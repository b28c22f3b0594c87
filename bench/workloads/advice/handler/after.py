"""The attribute is cleared when the button is done with."""

from collections.abc import Callable


class Button:
    pressed: Callable[[], None] | None = None
    presses = 0


def op() -> None:
    button = Button()

    def press() -> None:
        button.presses += 1

    button.pressed = press
    button.pressed = None
