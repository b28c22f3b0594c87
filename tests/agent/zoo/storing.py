"""The code that stores in the instances of another module's classes."""

from __future__ import annotations

from typing import Any

__all__ = ["Manager", "drive", "drive_slotted", "fill", "there", "twice"]


class Manager:
    def __enter__(self) -> Any:
        return [1]

    def __exit__(self, *_: Any) -> None: ...


def drive(thing: Any) -> Any:
    thing.by_driver = [1]
    thing.declared = [1]
    thing.undeclared = [1]
    thing.flag = [1]
    thing.left, thing.right = [1], [2]
    thing.chain_of = [1]
    thing.constants = [1]
    return thing


def drive_slotted(thing: Any) -> Any:
    thing.by_driver_in_slot = [1]
    return thing


def fill(thing: Any) -> Any:
    thing.by_others = [1]
    return thing


def raise_from(error: BaseException, traceback: Any) -> None:
    error.__traceback__ = traceback


def there(thing: Any) -> Any:
    thing.by_two_files = [1]
    return thing


def twice(thing: Any) -> Any:
    thing.by_two_lines = [1]  # the first
    thing.by_two_lines = [2]
    thing.by_two_lines_undeclared = [1]
    thing.by_two_lines_undeclared = [2]
    return thing
