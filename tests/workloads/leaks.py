"""Operations that each leave something reachable, beside each its clean twin."""

from __future__ import annotations

import ctypes
import weakref
from itertools import count

numbers = count(1000)  # small integers are no blocks


class Entry:
    pass


# A registry that grows.

REGISTRY: dict[str, list[Entry]] = {"entries": []}


def registry() -> None:
    REGISTRY["entries"].append(Entry())


def registry_clean() -> None:
    registry()
    REGISTRY["entries"].pop()


# A value that refers to its own key in a WeakKeyDictionary.


class Key:
    pass


class Value:
    def __init__(self, key: object) -> None:
        self.key = key


VALUES: weakref.WeakKeyDictionary[Key, Value] = weakref.WeakKeyDictionary()


def weak_key() -> None:
    key = Key()
    VALUES[key] = Value(key)


def weak_key_clean() -> None:
    key = Key()
    VALUES[key] = Value(weakref.ref(key))


# A reference to a string that C code never gives back.


def lost_string() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(str(next(numbers))))


def lost_string_clean() -> None:
    text = ctypes.py_object(str(next(numbers)))
    ctypes.pythonapi.Py_IncRef(text)
    ctypes.pythonapi.Py_DecRef(text)


# The same with an object that the collector tracks.


def lost_entry() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(Entry()))
