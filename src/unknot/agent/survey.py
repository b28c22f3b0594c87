"""Copies objects into arrays: tracked objects, untracked objects below them, and sizes.

:mod:`.snapshot` has only what a collection examines. This also has strings, buffers and plain
tuples, which make up most of a process's memory. A process may be paused meanwhile, so the objects
are read in one pass, a chunk that fits the CPU's cache at a time.
"""

from __future__ import annotations

from array import array
from itertools import chain, compress, filterfalse, islice
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .census import mro_or_empty, type_name
from .originals import get_referents, getrefcount, getsizeof, is_tracked
from .sizes import INTEGER, is_sized_in_c, size_of
from .snapshot import (
    CHUNK,
    WORD,
    append_identities,
    count_overhead,
    find_asyncio,
    identities,
)

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
    by the identity of the type; ``fence``; ``integer``, the fewest bytes of an ``int``; and
    ``folders``, what ``search`` returns of the untracked objects. The arrays, for n objects and m
    references:

    - ``ids``, ``types``, ``sizes`` (n, unsigned 64-bit): identity, identity of the type, bytes
      including the collector's header;
    - ``counts`` (n, signed 64-bit): reference counts, including ``overhead``;
    - ``referents`` (n + m, unsigned 64-bit): identities, with ``fence`` after those of each object;
    - ``mappings``, ``lengths`` (d, unsigned 64-bit): identities and lengths of dicts; the collector
      does not visit the keys of a dict in which all of them are strings;
    - ``keys`` (sum of ``lengths``, unsigned 64-bit): identities of their keys.

    No method written in Python is called. Call it undisturbed.
    """
    tracked = len(objects)
    ids = identities(objects)
    reader = _Reader()
    reader.read(objects, find_asyncio(ids))
    below: List[Any] = []
    while len(below) < len(reader.below):
        level = list(islice(reader.below.values(), len(below), None))
        reader.read(level)
        below += level
        del level
    names = reader.take_names()
    reader.below.clear()  # and nothing but the list below holds the objects, types included
    ids.extend(identities(below))
    counts.extend(map(getrefcount, below))
    message = {
        "tracked": tracked,
        "overhead": count_overhead(),
        "fence": id(reader.fence[0]),
        "integer": INTEGER,
        "names": names,
        "folders": {} if search is None else search(below),
    }
    columns = [reader.types, reader.sizes, counts, reader.referents]
    return message, [ids, *columns, reader.mappings, reader.lengths, reader.keys]


class _Reader:
    """Fills the arrays, and finds the untracked objects directly below those it reads."""

    def __init__(self) -> None:
        self.types, self.sizes = array(WORD), array(WORD)
        self.referents = array(WORD)
        self.mappings, self.lengths, self.keys = array(WORD), array(WORD), array(WORD)
        self.fence: List[Any] = [[]]  # its item is tracked, and only this list refers to it
        self.below: Dict[int, Any] = {}
        """The untracked objects found, by identity."""
        self._classes: Dict[int, type] = {}
        self._is_mapping: Dict[int, bool] = {}
        self._odd: Set[int] = set()
        """Types of which the program defines the size."""

    def read(self, objects: List[Any], silent: int = -1) -> None:
        """Read objects, all but the ``silent`` one with their referents."""
        for start in range(0, len(objects), CHUNK):
            chunk = objects[start : start + CHUNK]
            asked: List[Any] = [self.fence] * (2 * len(chunk))
            asked[::2] = chunk
            if start <= silent < start + CHUNK:
                asked[2 * (silent - start)] = ()
            self._read_types(chunk)
            self._extend(self.referents, get_referents(*asked))

    def take_names(self) -> Dict[str, str]:
        """Type names by the identity of the type. The types are no longer held after this."""
        names = {str(number): type_name(cls) for number, cls in self._classes.items()}
        self._classes.clear()
        return names

    def _read_types(self, chunk: List[Any]) -> None:
        """Types and sizes, and the keys of dicts."""
        classes = list(map(type, chunk))
        types = identities(classes)
        mask = list(map(self._is_mapping.get, types))
        if None in mask:
            self._learn(dict(zip(types, classes)))
            mask = list(map(self._is_mapping.get, types))
        self.types.extend(types)
        if self._odd and not self._odd.isdisjoint(types):
            sizes = (size_of if each in self._odd else getsizeof for each in types)
            self.sizes.extend([size(thing) for size, thing in zip(sizes, chunk)])
        else:
            self.sizes.extend(array(WORD, map(getsizeof, chunk)))
        mappings = list(compress(chunk, mask))
        keys = list(chain.from_iterable(map(dict.keys, mappings)))
        self.mappings.extend(identities(mappings))
        self.lengths.extend(array(WORD, map(dict.__len__, mappings)))
        self._extend(self.keys, keys)

    def _extend(self, column: array[int], things: List[Any]) -> None:
        """Append the identities of ``things``, and note those that are untracked."""
        append_identities(column, things)
        untracked = list(filterfalse(is_tracked, things))
        self.below.update(zip(map(id, untracked), untracked))

    def _learn(self, classes: Dict[int, type]) -> None:
        for number, cls in classes.items():
            if number not in self._classes:
                self._classes[number] = cls
                self._is_mapping[number] = any(base is dict for base in mro_or_empty(cls))
                if not is_sized_in_c(cls):
                    self._odd.add(number)
