"""Measures the sizes of a few objects and of the untracked objects reachable from them.

A snapshot has only tracked objects, but strings, buffers and plain tuples make up most of their
memory. The result is a small heap of both; the controller computes what is freed with the objects.
"""

from __future__ import annotations

from array import array
from functools import partial
from typing import Any, Dict, List, Tuple

from .folder_names import code_folders, folder_sizes
from .originals import getrefcount
from .snapshot import COUNT
from .survey import survey

__all__ = ["weigh"]


def weigh(objects: List[Any]) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """Those tracked objects, which nothing but the list may hold for it, and what is below them.

    Returns what :func:`.survey.survey` does, with :func:`.folder_names.folder_sizes`. Call it
    undisturbed.
    """
    counts = array(COUNT, map(getrefcount, objects))
    return survey(objects, counts, partial(folder_sizes, folders=code_folders()))
