"""The part of strings that is names of folders where code lies, as in a traceback kept as text.

What is kept depends in this part on where a program is installed, and not on what it does.
"""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from typing import Any, Callable, Dict, Iterable, List

from .originals import getsizeof

__all__ = ["code_folders", "folder_sizes"]

LONGEST = 1 << 20
"""Bytes of the largest string that is searched."""


def code_folders() -> List[str]:
    """Where modules are imported from, and the current folder."""
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        here = ""
    names = [*sys.path, sys.prefix, sys.base_prefix, here]
    return [name for name in names if type(name) is str and os.path.isabs(name)]


def folder_sizes(objects: List[Any], folders: Iterable[str]) -> Dict[str, int]:
    """By identity, how many bytes less strings would be without names of ``folders`` in them.

    Of ``objects``, strings and bytes are searched; those without such a name are left out.
    """
    names = {name.rstrip(os.sep) for name in folders} - {""}
    if not names:
        return {}
    sizes: Dict[str, int] = {}
    ordered = sorted(names, key=len, reverse=True)  # of a folder and its parent, the folder
    pattern = rf"(?<![\w.-])(?:{'|'.join(map(re.escape, ordered))})(?![\w.-])"
    without: Dict[type, Callable[[Any], Any]] = {
        str: partial(re.compile(pattern).sub, ""),
        bytes: partial(re.compile(os.fsencode(pattern)).sub, b""),
    }
    for thing in objects:
        remove = without.get(type(thing))
        if remove is not None and len(thing) <= LONGEST:
            rest = remove(thing)
            if len(rest) < len(thing):
                sizes[str(id(thing))] = getsizeof(thing) - getsizeof(rest)
    return sizes
