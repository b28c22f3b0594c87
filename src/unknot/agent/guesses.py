"""Names for references of C types that offer no attribute for them, verified on every release.

The names are those of the C structures' members or of the attributes in the Python implementation.
"""

from __future__ import annotations

import sys
from typing import Dict, Optional, Tuple

__all__ = ["BY_PLACE", "BY_TYPE", "Guess"]

Guess = Tuple[str, Optional[str]]
"""Kind and name of a reference."""

HANDLED: Dict[str, Guess] = {
    "builtins.BaseException": ("attribute", "exc_value"),
    "builtins.traceback": ("attribute", "exc_traceback"),
    "builtins.type": ("attribute", "exc_type"),
}
"""The exception that a generator is handling, by type of the referent; up to 3.10."""

BY_TYPE: Dict[str, Dict[str, Guess]] = {
    "asyncio.Future": {
        "asyncio.Future": ("attribute", "_asyncio_awaited_by"),  # this and the set since 3.14
        "builtins.BaseException": ("attribute", "_cancelled_exc"),
        "builtins.list": ("attribute", "_callbacks"),
        "builtins.set": ("attribute", "_asyncio_awaited_by"),
        "builtins.traceback": ("attribute", "_exception_tb"),
        "builtins.type": ("attribute", "_cancelled_exc"),  # its type, up to 3.10
    },
    "_io.TextIOWrapper": {
        "_io.FileIO": ("attribute", "raw"),
        "_io.IncrementalNewlineDecoder": ("attribute", "decoder"),
        "codecs.IncrementalDecoder": ("attribute", "decoder"),
        "codecs.IncrementalEncoder": ("attribute", "encoder"),
    },
    "asyncio.Task": {"contextvars.Context": ("attribute", "_context")},
    "builtins.TaskStepMethWrapper": {"builtins.BaseException": ("attribute", "exc")},
    "_asyncio.TaskStepMethWrapper": {"builtins.BaseException": ("attribute", "exc")},
    "builtins.async_generator": HANDLED,
    "builtins.builtin_method": {"builtins.type": ("attribute", "mm_class")},
    "builtins.coroutine": HANDLED,
    "builtins.function": {
        "builtins.dict": ("attribute", "__annotations__"),
        "builtins.function": ("attribute", "__annotate__"),  # since 3.14
        "builtins.tuple": ("attribute", "__annotations__"),
    },
    "builtins.generator": HANDLED,
    "builtins.type": {
        "builtins.dict": ("dict", None),
        "builtins.module": ("attribute", "__module__"),
    },
    "contextvars.Context": {
        "builtins.hamt": ("attribute", "vars"),
        "contextvars.Context": ("attribute", "prev"),
    },
    "contextvars.Token": {"contextvars.Context": ("attribute", "context")},
    "types.GenericAlias": {"builtins.tuple": ("attribute", "__parameters__")},
    "typing.Union": {
        "builtins.frozenset": ("attribute", "hashable_args"),
        "builtins.tuple": ("attribute", "unhashable_args"),
    },
    "xml.etree.ElementTree.Element": {
        "builtins.dict": ("attribute", "attrib"),
        "xml.etree.ElementTree.Element": ("item", None),
    },
}
"""Guesses by the type of the referent, or one of its base classes."""

BY_PLACE: Dict[str, Tuple[str, ...]] = {
    "_asyncio.FutureIter": ("future",),
    "_collections._deque_iterator": ("deque",),
    "_queue.SimpleQueue": ("queue",),
    "_thread._local": ("args", "dummies"),
    "builtins.TaskWakeupMethWrapper": ("task",),
    "builtins.anext_awaitable": ("wrapped", "default"),
    "builtins.async_generator_asend": ("generator", "value"),
    "builtins.async_generator_athrow": ("generator", "args")
    if sys.version_info < (3, 15)
    else ("generator", "typ", "tb", "val"),
    "builtins.async_generator_wrapped_value": ("value",),
    "builtins.bytearray_iterator": ("sequence",),
    "builtins.callable_iterator": ("callable", "sentinel"),
    "builtins.coroutine_wrapper": ("coroutine",),
    "builtins.dict_itemiterator": ("mapping", "result"),
    "builtins.dict_items": ("mapping",),
    "builtins.dict_keyiterator": ("mapping",),
    "builtins.dict_keys": ("mapping",),
    "builtins.dict_reverseitemiterator": ("mapping", "result"),
    "builtins.dict_reversekeyiterator": ("mapping",),
    "builtins.dict_reversevalueiterator": ("mapping",),
    "builtins.dict_valueiterator": ("mapping",),
    "builtins.dict_values": ("mapping",),
    "builtins.enumerate": ("iterator", "result"),
    "builtins.filter": ("iterator", "function"),
    "builtins.hamt": ("root",),
    "builtins.iterator": ("sequence",),
    "builtins.list_iterator": ("sequence",),
    "builtins.list_reverseiterator": ("sequence",),
    "builtins.managedbuffer": ("obj",),
    "builtins.map": ("iterators", "function"),
    "builtins.mappingproxy": ("mapping",),
    "builtins.memoryview": ("managedbuffer",),
    "builtins.method-wrapper": ("descriptor", "__self__"),
    "builtins.odict_iterator": ("mapping",),
    "builtins.reversed": ("sequence",),
    "builtins.set_iterator": ("set",),
    "builtins.tuple_iterator": ("sequence",),
    "builtins.weakcallableproxy": ("__callback__",),
    "builtins.weakproxy": ("__callback__",),
    "builtins.weakref": ("__callback__",),
    "builtins.zip": ("iterators", "result"),
    "collections._deque_iterator": ("deque",),
    "contextvars.ContextVar": ("name", "default"),
    "itertools._tee": ("data",),
    "itertools.chain": ("iterators", "active"),
    "itertools.combinations": ("pool",),
    "itertools.compress": ("data", "selectors"),
    "itertools.cycle": ("iterator", "saved"),
    "itertools.dropwhile": ("iterator", "function"),
    "itertools.filterfalse": ("iterator", "function"),
    "itertools.groupby": ("iterator", "key"),
    "itertools.islice": ("iterator",),
    "itertools.permutations": ("pool",),
    "itertools.product": ("pools",),
    "itertools.repeat": ("element",),
    "itertools.starmap": ("iterator", "function"),
    "itertools.takewhile": ("iterator", "function"),
    "itertools.zip_longest": ("iterators",),
    "operator.attrgetter": ("attributes",),
    "operator.itemgetter": ("item",),
    "operator.methodcaller": ("name", "args", "kwargs", "vectorcall_args")[
        sys.version_info < (3, 10) :
    ],
    "weakref.CallableProxyType": ("__callback__",),
    "weakref.ProxyType": ("__callback__",),
    "weakref.ReferenceType": ("__callback__",),
}
"""Names in the order in which ``tp_traverse`` visits the references."""
