"""Runs one test's body again and again, and counts in between as the analyst asks.

It stands in for the body, so it runs where the body would: in the event loop of pytest-asyncio or
anyio, below the fixtures. Everything that thinks is in another process (:mod:`.analyst`): what it
keeps is not in the heap that is counted, and numpy is not in the process under test.

What is older than the first round is frozen. It is then in no count, so a count costs what the test
leaves and not what pytest and the suite have loaded, and nothing of it is collected or finalized
because of us. What goes of it, because something new took its place, is subtracted.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any, ClassVar

# All that duties may come to need is loaded here: not while a test's body is under way.
from unknot.agent import (  # noqa: F401
    bounds,
    fillers,
    labels,
    registries,
    running,
    traits,
    unseen,
    weights,
)
from unknot.agent.census import census, undisturbed
from unknot.agent.channel import Channel
from unknot.agent.collector import normalise
from unknot.agent.duties import Duties, Table
from unknot.agent.finalizers import FinalizerCalls
from unknot.agent.settling import Sleep
from unknot.agent.snapshot import hold

__all__ = [
    "FIXTURE",
    "REPLACED",
    "Instrument",
    "Surroundings",
    "Unrepeatable",
    "describe",
    "is_of_body",
]

REPLACED = "unknot.replaced"
"""Stands among the types for the frozen objects that went since; a negative count."""

FIXTURE = "unknot.pytest_plugin.Fixture"
"""The type of a fixture's value, as the analyst sees it."""

Message = dict[str, Any]


class Unrepeatable(Exception):
    """A part of the test failed, as a subtest can, and the body went on; the message says how."""


class Surroundings:
    """Objects that do not belong to the body, by identity, so that none is kept alive."""

    def __init__(self, fixtures: Iterable[object]) -> None:
        self.fixtures = frozenset(map(id, fixtures))
        """What grows in these is not the body's: a real test has its own."""
        self.left: set[int] = set()
        """Values of fixtures that were torn down, and that something holds all the same."""

    def leave(self, values: list[object]) -> None:
        """Note which values are held elsewhere, and empty the list, which frees the others."""
        while values:
            pair = [values.pop(), object()]
            held, alone = map(sys.getrefcount, pair)
            if held > alone:
                self.left.add(id(pair[0]))


class Replaced:
    """Counts the frozen objects that were freed, as a negative number.

    Counting frozen objects is slow in a large heap, and they are freed only when others take their
    place. So they are counted after a collection, once the number of young objects has changed: a
    leak also shows in later rounds. In between, only while they are being freed.
    """

    def __init__(self) -> None:
        self._young: int | None = None
        self._first: int | None = None
        self._number = 0
        self._changes = False

    def count(self, young: int, collected: bool) -> int:
        """The number freed, given the number of ``young`` objects."""
        if not collected:
            return self._count() if self._changes else self._number
        before, self._young = self._young, young
        if before not in (None, young):
            known, self._number = self._number, self._count()
            self._changes = self._number != known
        return self._number

    def _count(self) -> int:
        frozen = gc.get_freeze_count()
        if self._first is None:
            self._first = frozen
        return frozen - self._first


class Instrument(Duties):
    """The duties towards the analyst, for one test; ``outcome`` is what it said in the end."""

    def __init__(
        self,
        channel: Channel,
        order: Message,
        body: Callable[[], Any],
        rewind: Callable[[], None],
        sleep: Sleep,
        surroundings: Surroundings,
    ) -> None:
        super().__init__(channel, sleep, FinalizerCalls(), lambda: 0)
        self.outcome: Message = {}
        self._order = order
        self._body = body
        self._rewind = rewind
        self._surroundings = surroundings
        self._replaced: Replaced | None = None

    async def serve(self, is_async: bool) -> None:
        """Run and count until the analyst has its answer.

        The loop over the body stands here and nowhere else: a frame that the body leaves in a
        traceback leads to this one, and a new caller for each round would be one more object.
        """
        restore_collector = _stop_collector()
        body, rewind, channel = self._body, self._rewind, self.channel
        channel.send(self._order)
        try:
            while True:
                message, _ = channel.receive()
                if "outcome" in message:
                    self.outcome = message["outcome"]
                    return
                duty = message.pop("do")
                if duty != "run":
                    await self.TABLE[duty](self, **message)
                    continue
                try:
                    rewind()
                    for _ in repeat(None, message["ops"]):
                        if is_async:
                            await body()
                        else:
                            body()
                        rewind()
                except BaseException as error:
                    if not is_of_body(error):
                        raise
                    channel.send({"raised": describe(error)})
                else:
                    channel.send({"seconds": 0.0})
        finally:
            restore_collector()

    async def freeze(self, replaced: bool = False) -> None:
        """From here on, count only what is new; ``replaced``: and what goes of the rest."""
        self._freeze(replaced)
        self.channel.send({})

    def _freeze(self, replaced: bool) -> None:
        gc.freeze()
        self._replaced = Replaced() if replaced else None

    async def thaw(self) -> None:
        """Count everything from here on."""
        gc.unfreeze()
        self._replaced = None
        self.channel.send({})

    async def collect(self) -> None:
        """Collect to a fixed point. What is frozen stays so."""
        self._surroundings.left.clear()
        self.channel.send({"settled": await self._settling.collect_to_fixed_point()})

    async def count(self, collected: bool = False, growable: bool = False) -> None:
        """Send counts of objects in normal form. Blocks and bytes would be pytest's as well:
        captured output, times, durations."""
        with undisturbed():
            if collected:
                gc.collect()
            else:
                normalise()
            counts = census()
            if self._replaced is not None:
                young = sum(counts.values())
                counts[REPLACED] = self._replaced.count(young, collected)
        self.channel.send({"types": counts, "blocks": 0, "asyncgen_finalizers": 0})

    async def sizes_of(self, ids: list[int], keep: bool = False) -> None:
        """Send the bytes of frozen objects as well. To find these, all that is young is frozen."""
        searches = self._replaced is not None and not self._followed
        if searches:
            gc.unfreeze()
        await super().sizes_of(ids, keep)
        if searches:
            self._freeze(replaced=True)

    def take_snapshot(self, keep: bool) -> tuple[Message, list[Any]]:
        """The reply; what fixtures have left, and all it leads to, reads as held."""
        message, arrays = super().take_snapshot(keep)
        if self._surroundings.left:
            hold(arrays, self._surroundings.left)
        return message, arrays

    async def label(self, ids: list[int]) -> None:
        """Send labels, with a type of their own for values of fixtures."""
        with undisturbed():
            found = labels.label(ids)
        for one in found["objects"]:
            if one["id"] in self._surroundings.fixtures:
                one["type"] = FIXTURE
        self.channel.send(found)

    TABLE: ClassVar[Table] = {
        **Duties.TABLE,
        "freeze": freeze,
        "thaw": thaw,
        "collect": collect,
        "count": count,
        "label": label,
        "sizes of": sizes_of,
    }


def _stop_collector() -> Callable[[], None]:
    """Disable the collector. The returned function restores the test's setting."""
    enabled, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.disable()

    def restore() -> None:
        gc.unfreeze()
        if frozen:
            gc.freeze()
        if enabled:
            gc.enable()

    return restore


def is_of_body(error: BaseException) -> bool:
    """Whether the error is the body's, rather than a request to end the session."""
    return not isinstance(error, (KeyboardInterrupt, GeneratorExit)) and not (
        type(error).__module__ == "_pytest.outcomes" and type(error).__name__ == "Exit"
    )


def describe(error: BaseException) -> str:
    """The kind of an error and the first line of its message."""
    first = next(iter(str(error).strip().splitlines()), "")
    if isinstance(error, Unrepeatable):
        return first
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
