"""What an agent does when the controller asks: count, collect, photograph the heap, name objects.

The same in every process of a cell. Replies hold plain numbers and names.
"""

from __future__ import annotations

from itertools import compress
from typing import Any, Callable, ClassVar, Dict, List

from .allocated import allocated_bytes
from .blocks import allocated_blocks
from .bound import (
    collect,
    disable_collector,
    enable_collector,
    get_objects,
    set_debug,
    unfreeze,
)
from .c_heap import c_heap_in_use, give_back
from .census import census as take_census
from .census import undisturbed
from .channel import Channel
from .collector import PassLog, normalise
from .finalizers import FinalizerCalls
from .growable import measure_growable, sum_of_growable
from .imports import standard_library
from .settling import Running, Settling, Sleep, nothing_scheduled
from .snapshot import photograph

__all__ = ["Duties", "Table", "give_collector", "take_collector_back"]

Message = Dict[str, Any]
Table = Dict[str, Callable[..., Any]]


class Duties:
    """One method a duty; each answers over the channel.

    ``position`` tells how many operations have begun, for the log of the collector's passes.
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
        self.own: List[int] = []
        """Identities of what holds the agent's own objects: each order has new ones."""

    async def obey(self) -> bool:
        """Carry out the next order; false where it is to close.

        ``do`` names the duty, the rest of the message are its arguments. No frame holds the message
        meanwhile: from CPython 3.14 every dict is tracked, and it would be new in each snapshot
        (``test_no_message_is_in_a_snapshot``).
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
        """Wait until counts agree for ``quiet`` seconds; tell whether they could still change."""
        settled = await self._settling.settle(quiet, patient)
        self.channel.send({"settled": settled, "alone": self._settling.alone})

    async def collect(self) -> None:
        """Collect to a fixed point, with no automatic collection from here on."""
        take_collector_back()
        self.channel.send({"settled": await self._settling.collect_to_fixed_point()})

    async def force(self) -> None:
        """Collect once, and count the pass among the others."""
        self.channel.send({"freed": collect()})

    async def census(self, normal: bool = False) -> None:
        """Count what there is, as it is or in normal form."""
        with undisturbed():
            if normal:
                self.passes.paused = True  # these passes are the instrument's
                normalise()
                self.passes.paused = False
            counts = take_census()
        self.channel.send({"types": counts})

    async def count(self, collected: bool = False, growable: bool = False) -> None:
        """Count objects in normal form, allocated blocks and bytes of any object, finalizer calls.

        After a collection to the fixed point that is the form they are in; one more frees what
        settling has left since. ``growable`` asks for what the objects that can grow in place hold,
        too.
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
                give_back()  # the controller looks at the process's memory now
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
        """Send the heap; ``keep`` the objects until their traits are asked for."""
        with undisturbed():
            objects = get_objects()
            message, arrays = photograph(objects)
            if keep:  # only now: what it replaces is among the objects, and no garbage
                self._kept = objects
        self.channel.send(message, arrays)

    async def traits(self, chosen: str) -> None:
        """Tell what distinguishes objects of equal types: their code, and the names they use.

        ``chosen`` has a byte for each object of the last snapshot, hexadecimal: 1 if it is asked
        about.
        """
        with standard_library():
            from .traits import collect_traits

        kept, self._kept = self._kept, []
        with undisturbed():
            message, arrays = collect_traits(compress(kept, bytes.fromhex(chosen)))
        self.channel.send(message, arrays)

    async def weigh(self, ids: List[int]) -> None:
        """Send the sizes of objects, with all that is untracked below them."""
        with standard_library():
            from .weights import weigh as weigh_objects

        with undisturbed():
            message, arrays = weigh_objects(ids)
        self.channel.send(message, arrays)

    async def label(self, ids: List[int]) -> None:
        """Name a few objects and their references."""
        # Only now: what it imports is no business of a process in which nothing is found.
        with standard_library():
            from .labels import label as label_objects

        with undisturbed():
            labels = label_objects(ids)
        self.channel.send(labels)

    async def dicts(self) -> None:
        """Send what dicts there are that no snapshot has, and how long they are."""
        with standard_library():
            from .unseen import measure_dicts

        with undisturbed():
            arrays = measure_dicts()
        self.channel.send({}, arrays)

    async def bounds(self) -> None:
        """Send which containers tell a bound, and how full they are."""
        with standard_library():
            from .bounds import measure_bounds

        with undisturbed():
            found = measure_bounds()
        self.channel.send({"bounds": found})

    async def sizes(self) -> None:
        """Send which objects can grow in place, and how large they are."""
        with undisturbed():
            message, arrays = measure_growable()
        self.channel.send(message, arrays)

    async def unseen(self, ids: List[int]) -> None:
        """Tell who holds objects where no snapshot has the reference."""
        with standard_library():
            from .unseen import find_unseen

        with undisturbed():
            found = find_unseen(ids)
        self.channel.send(found)

    async def fillers(self, name: str, attribute: bool, packages: List[str]) -> None:
        """Tell the lines that may put something into a container of that name."""
        with standard_library():
            from .fillers import find_fillers

        with undisturbed():
            found = find_fillers(name, attribute, packages)
        self.channel.send({"fillers": found})

    async def registration(self, identity: int, packages: List[str]) -> None:
        """Tell what the interpreter keeps an object for, and the lines that register such."""
        with standard_library():
            from .registries import find_registration

        with undisturbed():
            found = find_registration(identity, packages)
        self.channel.send(found)

    async def running(self) -> None:
        """Tell what tasks and threads still run, and what caches have a bound."""
        with standard_library():
            from .bounds import find_bounded
            from .running import find_running

        with undisturbed():
            found = {**find_running(), "bounded": find_bounded(), "own": self.own}
        self.channel.send(found)

    async def log(self) -> None:
        """Begin to log the collector's passes and the peak of every type."""
        self.passes.__enter__()
        self.channel.send({})

    async def report(self) -> None:
        """End the log, send it, and forget it."""
        self.passes.__exit__()
        self.channel.send(self.passes.report())
        self.passes.clear()

    # A table, not getattr: the type's method cache would keep the name that each message brought,
    # and the instrument would show among the leaked blocks.
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
        "unseen": unseen,
        "fillers": fillers,
        "registration": registration,
        "running": running,
        "log": log,
        "report": report,
    }


def give_collector(mode: str) -> None:
    """The collector as operations have it under ``mode``: on in ``auto``, otherwise off."""
    if mode == "auto":
        enable_collector()


def take_collector_back() -> None:
    """The collector as counting needs it, whatever the operations did to it.

    Frozen objects would be out of every count, and ``DEBUG_SAVEALL`` keeps what is collected.
    """
    disable_collector()
    set_debug(0)
    unfreeze()
