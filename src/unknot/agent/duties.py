"""What the controller can ask of every process of a cell: count, collect, copy the heap, label.

Replies contain only numbers and names.
"""

from __future__ import annotations

from typing import Any, Callable, ClassVar, Dict, List, Optional, Tuple

from .allocated import allocated_bytes
from .blocks import allocated_blocks
from .c_heap import c_heap_in_use, give_back
from .census import census as take_census
from .census import tracked_by_type, undisturbed
from .channel import Channel
from .collector import PassLog, normalise
from .finalizers import FinalizerCalls
from .growable import measure_growable, sizes_of, sum_of_growable
from .imports import load
from .originals import (
    collect,
    disable_collector,
    enable_collector,
    get_objects,
    set_debug,
    unfreeze,
)
from .settling import Running, Settling, Sleep, nothing_scheduled
from .snapshot import find, snapshot

__all__ = ["Duties", "Table", "reset_collector", "set_collector"]

Message = Dict[str, Any]
Table = Dict[str, Callable[..., Any]]


class Duties:
    """One method per duty. Each replies over the channel.

    ``position`` returns how many operations have begun, for the log of the collector's passes.
    """

    def __init__(
        self,
        channel: Channel,
        sleep: Sleep,
        finalizers: FinalizerCalls,
        position: Callable[[], int],
        scheduled: Callable[[], Running] = nothing_scheduled,
    ) -> None:
        self.channel = channel
        self._settling = Settling(sleep, scheduled)
        self._finalizers = finalizers
        self.passes = PassLog(position)
        self._kept: List[Any] = []
        self._followed: Dict[int, Any] = {}
        self.own: List[int] = []
        """Identities of the objects that hold the agent's own objects, which differ per message."""

    async def handle_next(self) -> bool:
        """Receive a message and call the duty that it names; false for ``close``.

        ``do`` is the name of the duty, the other fields are its arguments. No frame holds the
        message meanwhile: since CPython 3.14 every dict is tracked, and each snapshot would contain
        a new one (``test_no_message_is_in_a_snapshot``).
        """
        message, _ = self.channel.receive()
        name = message.pop("do")
        if name == "close":
            return False
        duty = self.TABLE[name](self, **message)
        del message
        await duty
        return True

    async def settle(self, quiet: float = 0.0, patient: bool = True) -> None:
        """Wait until counts agree for ``quiet`` seconds; send whether they may still change."""
        settled = await self._settling.settle(quiet, patient)
        self.channel.send({"settled": settled, "alone": self._settling.alone})

    async def collect(self) -> None:
        """Collect to a fixed point, with automatic collection off from here on."""
        reset_collector()
        self.channel.send({"settled": await self._settling.collect_to_fixed_point()})

    async def force(self) -> None:
        """Collect once. The pass is logged like any other."""
        self.channel.send({"freed": collect()})

    async def census(self, normal: bool = False) -> None:
        """Send the number of objects by type, in ``normal`` form if requested."""
        with undisturbed():
            if normal:
                self.passes.paused = True  # the passes are not the program's
                normalise()
                self.passes.paused = False
            counts = take_census()
        self.channel.send({"types": counts})

    async def count(self, collected: bool = False, growable: bool = False) -> None:
        """Send counts of objects in normal form, of blocks, of bytes and of finalizer calls.

        If ``collected``, objects are in normal form after the collection to a fixed point; one more
        pass frees what settling has left since. ``growable`` requests the bytes held by objects
        that can grow in place.
        """
        with undisturbed():
            if collected:
                collect()
            else:
                normalise()
            blocks = allocated_blocks()
            c_heap = c_heap_in_use()
            in_use = allocated_bytes()
            held = sum_of_growable() if growable else None
            counts = take_census()
            if collected:
                give_back()  # the controller reads the process's memory next
        self.channel.send(
            {
                "growable": held,
                "types": counts,
                "blocks": blocks,
                "bytes": in_use,
                "c_heap": c_heap,
                "asyncgen_finalizers": self._finalizers.total,
            }
        )

    async def snapshot(self, keep: bool = False) -> None:
        """Send the heap, and ``keep`` the objects until their traits are requested."""
        message, arrays = self.take_snapshot(keep)
        self.channel.send(message, arrays)

    def take_snapshot(self, keep: bool) -> Tuple[Message, List[Any]]:
        """The reply to ``snapshot`` and its arrays."""
        with undisturbed():
            objects = get_objects()
            message, arrays = snapshot(objects)
            if keep:  # not before: the old list is among the objects, and not garbage
                self._kept = objects
        return message, arrays

    async def traits(self, order: str, runs: List[Tuple[int, Optional[int]]]) -> None:
        """Send traits of objects in the last snapshot: see :func:`.grouping.groups_of`.

        ``order`` is hexadecimal.
        """
        kept, self._kept = self._kept, []
        traits, grouping = load("traits"), load("grouping")
        with undisturbed():
            groups = grouping.groups_of(kept, bytes.fromhex(order), runs)
            del kept
            message, arrays = traits.collect_traits(groups)
        self.channel.send(message, arrays)

    async def weigh(self, ids: List[int]) -> None:
        """Send the sizes of objects and of the untracked objects reachable from them."""
        weights = load("weights")
        with undisturbed():
            message, arrays = weights.weigh(list(find(ids).values()))
        self.channel.send(message, arrays)

    async def label(self, ids: List[int]) -> None:
        """Send labels of a few objects and their references."""
        labels = load("labels")
        with undisturbed():
            found = labels.label(ids)
        self.channel.send(found)

    async def dicts(self) -> None:
        """Send the identities and lengths of all dicts, untracked ones too."""
        unseen = load("unseen")
        with undisturbed():
            arrays = unseen.measure_dicts()
        self.channel.send({}, arrays)

    async def bounds(self) -> None:
        """Send the containers with a bound, and their lengths."""
        bounds = load("bounds")
        with undisturbed():
            found = bounds.measure_bounds()
        self.channel.send({"bounds": found})

    async def sizes(self) -> None:
        """Send the objects that can grow in place, and the bytes that each holds."""
        with undisturbed():
            message, arrays = measure_growable()
        self.channel.send(message, arrays)

    async def sizes_of(self, ids: List[int], keep: bool = False) -> None:
        """Send the bytes that each of a few objects holds, of those that can grow in place.

        ``keep`` the objects until they are asked for again, which then takes no search.
        """
        with undisturbed():
            followed, self._followed = self._followed or find(ids), {}
            found = sizes_of(followed)
            if keep:
                self._followed = followed
        self.channel.send({"sizes": found})

    async def unseen(self, ids: List[int]) -> None:
        """Send the holders of objects that no snapshot shows."""
        unseen = load("unseen")
        with undisturbed():
            found = unseen.find_unseen(ids)
        self.channel.send(found)

    async def fillers(self, name: str, attribute: bool, packages: List[str]) -> None:
        """Send the lines that may add entries to a container of that name."""
        fillers = load("fillers")
        with undisturbed():
            found = fillers.find_fillers(name, attribute, packages)
        self.channel.send({"fillers": found})

    async def registration(self, identity: int, packages: List[str]) -> None:
        """Send the C-level registry that holds an object, and the lines that register there."""
        registries = load("registries")
        with undisturbed():
            found = registries.find_registration(find([identity]).get(identity), packages)
        self.channel.send(found)

    async def running(self) -> None:
        """Send the running tasks and threads, and the containers within their bounds."""
        running, bounds = load("running"), load("bounds")
        with undisturbed():
            wanted = running.may_be_task, bounds.may_be_bounded
            things = tracked_by_type(lambda cls: any(each(cls) for each in wanted))
            found = {**running.find_running(things), "bounded": bounds.find_bounded(things)}
        self.channel.send({**found, "own": self.own})

    async def log(self) -> None:
        """Start to log the collector's passes and the peak of every type."""
        self.passes.__enter__()
        self.channel.send({})

    async def report(self) -> None:
        """Stop the log, send it and clear it."""
        self.passes.__exit__()
        self.channel.send(self.passes.report())
        self.passes.clear()

    # A table instead of getattr: the type's method cache would keep the name from each message, and
    # the agent would appear among the leaked blocks.
    TABLE: ClassVar[Table] = {
        "settle": settle,
        "collect": collect,
        "force": force,
        "census": census,
        "count": count,
        "snapshot": snapshot,
        "traits": traits,
        "weigh": weigh,
        "label": label,
        "dicts": dicts,
        "bounds": bounds,
        "sizes": sizes,
        "sizes of": sizes_of,
        "unseen": unseen,
        "fillers": fillers,
        "registration": registration,
        "running": running,
        "log": log,
        "report": report,
    }


def set_collector(mode: str) -> None:
    """Set the collector for operations under ``mode``: on in ``auto``, otherwise off."""
    if mode == "auto":
        enable_collector()


def reset_collector() -> None:
    """Set the collector for counting, whatever the operations did to it.

    Frozen objects would be missing from every count, and ``DEBUG_SAVEALL`` keeps what is collected.
    """
    disable_collector()
    set_debug(0)
    unfreeze()
