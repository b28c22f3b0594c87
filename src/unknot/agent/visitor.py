"""Answers questions about the heap of a running process, in a forked copy of it or in place.

``inject/forked_copy.py`` loads the agent into the copy after the copy has listed its objects, so
answers concern those alone. The copy never resumes what the process was doing. A process inspected
in place (``inject/within.py``) answers the same questions and then goes on.
"""

from __future__ import annotations

import os
import sys
from array import array
from itertools import compress
from typing import Any, Callable, ClassVar, Dict, List, Optional

from .channel import BadMessage, Channel, ChannelClosed
from .collector import collector_name, count_passes, is_free_threaded
from .originals import get_stats, get_threshold

__all__ = ["Visitor"]

Message = Dict[str, Any]


class Visitor:
    """One method per question. Each replies over the channel.

    Each imports what it needs only when called, because the process may be paused meanwhile. Source
    files in ``files`` are not read, and those that are read are added.
    """

    def __init__(
        self,
        channel: Channel,
        objects: List[Any],
        refcounts: array[int],
        facts: Message,
        files: Optional[Dict[str, Any]] = None,
    ) -> None:
        self._channel = channel
        self._objects = objects
        self._refcounts = refcounts
        self._facts = facts
        self._files = {} if files is None else files

    def serve(self) -> None:
        """Answer until the other side is gone. A reply about an error is the last one."""
        try:
            while True:
                try:
                    message, _ = self._channel.receive()
                    self.TABLE[message.pop("do")](self, **message)
                except BaseException as error:
                    if isinstance(error, ChannelClosed) and not isinstance(error, BadMessage):
                        raise
                    from .failures import describe_failure

                    text, lines = describe_failure(error)
                    self._channel.send({"error": text, "traceback": lines})
                    return
        except ChannelClosed:
            return

    def greet(self) -> None:
        """Send facts about the process."""
        self._channel.send(
            {
                **self._facts,
                "copy": os.getpid(),
                "python": ".".join(map(str, sys.version_info[:3])),
                "implementation": sys.implementation.name,
                "free_threaded": is_free_threaded(),
                "collector": collector_name(),
                "thresholds": list(get_threshold()),
                "passes": [generation["collections"] for generation in get_stats()],
                "all_passes": count_passes(),
            }
        )

    def heap(self) -> None:
        """Send all objects, their sizes and their references."""
        from .survey import survey

        message, arrays = survey(self._objects, self._refcounts)
        self._channel.send(message, arrays)

    def traits(self, ids: List[int]) -> None:
        """Send the traits of chosen objects, each of them by itself."""
        from .grouping import group_by_type
        from .traits import collect_traits

        wanted = frozenset(ids)
        chosen = map(wanted.__contains__, map(id, self._objects))
        message, arrays = collect_traits(group_by_type(list(compress(self._objects, chosen))))
        self._channel.send(message, arrays)

    def label(self, ids: List[int], most: int) -> None:
        """Send labels of a few objects; see :func:`.labels.label`."""
        from .labels import label

        self._channel.send(label(ids, most, self._files))

    TABLE: ClassVar[Dict[str, Callable[..., Any]]] = {
        "greet": greet,
        "heap": heap,
        "traits": traits,
        "label": label,
    }
