"""Copies objects into arrays: tracked objects, untracked objects below them, and sizes.

:mod:`.snapshot` has only what a collection examines. This also has strings, buffers and plain
tuples, which make up most of a process's memory. A process may be paused meanwhile, so the objects
are read in one pass, a chunk that fits the CPU's cache at a time.
"""

from __future__ import annotations

import sys
from array import array
from itertools import chain, compress, count, filterfalse, islice, repeat
from operator import is_
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .census import mro_or_empty, type_name
from .grouping import group_by
from .memory import read_columns
from .originals import get_referents, getrefcount, is_tracked
from .sizes import INTEGER, Sizing, has_referents, sizing
from .snapshot import CHUNK, WORD, count_overhead

__all__ = ["survey"]


def survey(
    objects: List[Any],
    counts: array[int],
    search: Optional[Callable[[List[Any]], Dict[str, int]]] = None,
) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The tracked ``objects`` and the untracked objects reachable from them, as arrays.

    ``counts`` are the reference counts of the objects, read before anything but that list held
    them; those of the untracked objects are appended.

    The message has ``tracked``, the number of tracked objects, which come first; ``overhead``, the
    number of references to each object that this function and the list add; ``names``, type names
    by the identity of the type; ``headers``, bytes to be added to sizes, by type; ``integer``, the
    fewest bytes of an ``int``; ``mappings``, the identities of types derived from ``dict``;
    ``fence``; and ``folders``, what ``search`` returns of the untracked objects. The arrays, for n
    objects and m references:

    - ``ids``, ``types`` (n, unsigned 64-bit): identity, and identity of the type;
    - ``counts`` (n, signed 64-bit): reference counts, including ``overhead``; those of untracked
      objects also include their occurrences in ``types``, ``referents`` and ``keys``, unless they
      are immortal;
    - ``referents`` (n + m, unsigned 64-bit): identities, with ``fence`` after those of each object;
    - ``chunks`` (c, unsigned 64-bit): how many objects were read together, in order; what follows
      is of each chunk in the order of ``types``, and has equal types in the order of ``ids``;
    - ``sizes`` (n, unsigned 64-bit): bytes of each object without its header;
    - ``lengths`` (d, unsigned 64-bit): lengths of the objects with a type in ``mappings``; the
      collector does not visit the keys of a dict in which all of them are strings;
    - ``keys`` (sum of ``lengths``, unsigned 64-bit): identities of their keys.

    No method written in Python is called. Call it undisturbed.
    """
    tracked = len(objects)
    reader = _Reader()
    reader.read(objects, _find_asyncio(objects))
    below = reader.read_below()
    message = {
        "tracked": tracked,
        "overhead": count_overhead(),
        "fence": id(reader.fence[0]),
        "integer": INTEGER,
        **reader.take_types(),
        "folders": {} if search is None else search(below),
    }
    counts.fromlist(list(map(getrefcount, below)))
    listed = [objects, below, reader.types, reader.referents, reader.keys]
    ids, more, types, referents, keys = read_columns(listed)
    ids.extend(more)
    columns = [ids, types, counts, referents]
    return message, [*columns, reader.chunks, reader.sizes, reader.lengths, keys]


class _Reader:
    """Lists types, referents and keys, and finds the untracked objects below those it reads."""

    def __init__(self) -> None:
        self.types: List[type] = []
        self.referents: List[Any] = []
        self.keys: List[Any] = []
        self.chunks, self.sizes, self.lengths = array(WORD), array(WORD), array(WORD)
        self.fence: List[Any] = [[]]  # its item is tracked, and only this list refers to it
        self._below: Dict[int, Any] = {}
        """The untracked objects found, by identity."""
        self._classes: Dict[int, type] = {}
        self._sizings: Dict[int, Sizing] = {}
        self._containers: Set[int] = set()
        self._mappings: Set[int] = set()

    def read(self, objects: List[Any], silent: int = -1) -> None:
        """Read objects, all but the ``silent`` one with their referents."""
        for start in range(0, len(objects), CHUNK):
            chunk = objects[start : start + CHUNK]
            classes = list(map(type, chunk))
            self.types += classes
            numbers = list(map(id, classes))
            alike = numbers == numbers[:1] * len(numbers)
            groups = {numbers[0]: chunk} if alike else group_by(chunk, numbers)
            self.chunks.append(len(chunk))
            for number in sorted(groups):
                self._read_group(number, groups[number])
            if self._containers.isdisjoint(groups):
                self.referents += self.fence * len(chunk)
                continue
            asked: List[Any] = [self.fence] * (2 * len(chunk))
            asked[::2] = chunk
            if start <= silent < start + CHUNK:
                asked[2 * (silent - start)] = ()
            self._extend(self.referents, get_referents(*asked))

    def read_below(self) -> List[Any]:
        """Read the untracked objects, and those below them; returns them in that order."""
        found: List[Any] = []
        while len(found) < len(self._below):
            level = list(islice(self._below.values(), len(found), None))
            self.read(level)
            found += level
        self._below.clear()  # only the lists are to hold the objects
        return found

    def take_types(self) -> Dict[str, Any]:
        """What is known of the types, which are no longer held after this."""
        names = {str(number): type_name(cls) for number, cls in self._classes.items()}
        headers = {str(number): header for number, (_, header) in self._sizings.items()}
        self._classes.clear()
        return {"names": names, "headers": headers, "mappings": list(self._mappings)}

    def _read_group(self, number: int, group: List[Any]) -> None:
        """Read sizes of objects of one type, and keys if they are dicts."""
        if number not in self._classes:
            self._classes[number] = cls = type(group[0])
            self._sizings[number] = sizing(group[0])
            if has_referents(cls):
                self._containers.add(number)
            if any(base is dict for base in mro_or_empty(cls)):
                self._mappings.add(number)
        size, _ = self._sizings[number]
        if isinstance(size, int):
            self.sizes.extend(array(WORD, [size]) * len(group))
        else:
            self.sizes.extend(map(size, group))
        if number in self._mappings:
            self.lengths.extend(map(dict.__len__, group))
            self._extend(self.keys, list(chain.from_iterable(map(dict.keys, group))))

    def _extend(self, column: List[Any], things: List[Any]) -> None:
        """Append ``things``, and note those that are untracked."""
        column += things
        untracked = list(filterfalse(is_tracked, things))
        self._below.update(zip(map(id, untracked), untracked))


def _find_asyncio(objects: List[Any]) -> int:
    """The index of the module ``_asyncio``, -1 if absent; see :func:`.snapshot.find_asyncio`."""
    module = sys.modules.get("_asyncio")
    if module is None:
        return -1
    return next(compress(count(), map(is_, objects, repeat(module))), -1)
