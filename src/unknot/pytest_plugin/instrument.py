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
from collections.abc import Awaitable, Callable, Iterable
from itertools import compress, repeat
from typing import Any

from unknot.agent.bounds import find_bounded, measure_bounds
from unknot.agent.census import census, undisturbed
from unknot.agent.channel import Channel
from unknot.agent.collector import normalise
from unknot.agent.fillers import find_fillers
from unknot.agent.labels import label
from unknot.agent.registries import find_registration
from unknot.agent.running import find_running
from unknot.agent.settling import Settling, Sleep
from unknot.agent.snapshot import snapshot
from unknot.agent.traits import collect_traits
from unknot.agent.unseen import find_unseen, measure_dicts
from unknot.agent.weights import weigh

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
    """What is not the body's, by identity; numbers, so that nothing lives longer for it."""

    def __init__(self, fixtures: Iterable[object]) -> None:
        self.fixtures = frozenset(map(id, fixtures))
        """What grows in these is not the body's: a real test has its own."""
        self.left: set[int] = set()
        """Values of fixtures that were torn down, and that something holds all the same."""

    def leave(self, values: list[object]) -> None:
        """Note which of the values somebody else holds; the others go, the list's last hold."""
        while values:
            pair = [values.pop(), object()]
            held, alone = map(sys.getrefcount, pair)
            if held > alone:
                self.left.add(id(pair[0]))


class Replaced:
    """How many frozen objects went since the first count; a negative number.

    To count what is frozen takes long in a large heap, and nothing of it goes but for others to
    come. So where there are as many young objects as at the last count, or at the last one of the
    same kind, as many went as then.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._last = (-1, 0)
        self._last_of_kind: dict[bool, tuple[int, int]] = {}

    def count(self, young: int, collected: bool) -> int:
        """How many, where there are so many ``young`` objects, ``collected`` or not."""
        of_kind = self._last_of_kind.get(collected, self._last)
        known = next((each for each in (self._last, of_kind) if each[0] == young), None)
        if known is None:
            frozen = gc.get_freeze_count()
            if self._first is None:
                self._first = frozen
            known = (young, frozen - self._first)
        self._last = self._last_of_kind[collected] = known
        return known[1]


class Instrument:
    """Obeys the analyst for one test; ``outcome`` is what it said in the end."""

    def __init__(
        self,
        channel: Channel,
        order: Message,
        body: Callable[[], Any],
        rewind: Callable[[], None],
        sleep: Sleep,
        surroundings: Surroundings,
    ) -> None:
        self.outcome: Message = {}
        self._channel = channel
        self._kept: list[object] = []
        self._order = order
        self._body = body
        self._rewind = rewind
        self._settling = Settling(sleep)
        self._surroundings = surroundings
        self._replaced: Replaced | None = None

    async def serve(self, is_async: bool) -> None:
        """Run and count until the analyst has its answer.

        The loop over the body stands here and nowhere else: a frame that the body leaves in a
        traceback leads to this one, and a new caller for each round would be one more object.
        """
        restore_collector = _stop_collector()
        body, rewind, channel = self._body, self._rewind, self._channel
        channel.send(self._order)
        try:
            while True:
                message, _ = channel.receive()
                if "outcome" in message:
                    self.outcome = message["outcome"]
                    return
                if message["do"] != "run":
                    await self.DUTIES[message["do"]](self, message)
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

    async def _freeze(self, message: Message) -> None:
        """From here on, count only what is new; ``replaced``: and what goes of the rest."""
        gc.freeze()
        self._replaced = Replaced() if message.get("replaced") else None
        self._channel.send({})

    async def _thaw(self, message: Message) -> None:
        """Count everything, without the garbage of others."""
        gc.unfreeze()
        gc.collect()
        self._replaced = None
        self._channel.send({})

    async def _settle(self, message: Message) -> None:
        self._channel.send({"settled": await self._settling.settle()})

    async def _collect(self, message: Message) -> None:
        self._surroundings.left.clear()
        self._channel.send({"settled": await self._settling.collect_to_fixed_point()})

    async def _count(self, message: Message) -> None:
        with undisturbed():
            if message.get("collected"):
                gc.collect()
            else:
                normalise()
            counts = census()
            if self._replaced is not None:
                young, collected = sum(counts.values()), bool(message.get("collected"))
                counts[REPLACED] = self._replaced.count(young, collected)
        # Blocks would be those of pytest as well: captured output, times, durations.
        self._channel.send({"types": counts, "blocks": 0, "asyncgen_finalizers": 0})

    async def _snapshot(self, message: Message) -> None:
        with undisturbed():
            objects = gc.get_objects()
            answer, arrays = snapshot(objects)
            if message.get("keep"):
                self._kept = objects
        if self._surroundings.left:
            ids, _, counts, _ = arrays
            for place, identity in enumerate(ids):
                counts[place] += identity in self._surroundings.left  # held, and all it leads to
        self._channel.send(answer, arrays)

    async def _traits(self, message: Message) -> None:
        kept, self._kept = self._kept, []
        with undisturbed():
            answer, arrays = collect_traits(compress(kept, bytes.fromhex(message["chosen"])))
        self._channel.send(answer, arrays)

    async def _weigh(self, message: Message) -> None:
        with undisturbed():
            answer, arrays = weigh(message["ids"])
        self._channel.send(answer, arrays)

    async def _label(self, message: Message) -> None:
        with undisturbed():
            labels = label(message["ids"])
        for found in labels["objects"]:
            if found["id"] in self._surroundings.fixtures:
                found["type"] = FIXTURE
        self._channel.send(labels)

    async def _dicts(self, message: Message) -> None:
        with undisturbed():
            arrays = measure_dicts()
        self._channel.send({}, arrays)

    async def _unseen(self, message: Message) -> None:
        with undisturbed():
            found = find_unseen(message["ids"])
        self._channel.send(found)

    async def _fillers(self, message: Message) -> None:
        with undisturbed():
            found = find_fillers(message["name"], message["attribute"], message["packages"])
        self._channel.send({"fillers": found})

    async def _registration(self, message: Message) -> None:
        with undisturbed():
            found = find_registration(message["identity"], message["packages"])
        self._channel.send(found)

    async def _running(self, message: Message) -> None:
        with undisturbed():
            found = {**find_running(), "bounded": find_bounded(), "own": []}
        self._channel.send(found)

    async def _bounds(self, message: Message) -> None:
        with undisturbed():
            found = measure_bounds()
        self._channel.send({"bounds": found})

    DUTIES: dict[str, Callable[[Instrument, Message], Awaitable[None]]] = {  # noqa: RUF012
        "freeze": _freeze,
        "thaw": _thaw,
        "settle": _settle,
        "collect": _collect,
        "count": _count,
        "snapshot": _snapshot,
        "traits": _traits,
        "weigh": _weigh,
        "label": _label,
        "dicts": _dicts,
        "unseen": _unseen,
        "fillers": _fillers,
        "registration": _registration,
        "running": _running,
        "bounds": _bounds,
    }


def _stop_collector() -> Callable[[], None]:
    """Have it never run by itself. Called, what this returns leaves it as the test did."""
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
    """Whether it says that the body cannot run again, and not that the whole run shall end."""
    return not isinstance(error, (KeyboardInterrupt, GeneratorExit)) and not (
        type(error).__module__ == "_pytest.outcomes" and type(error).__name__ == "Exit"
    )


def describe(error: BaseException) -> str:
    """The kind of an error and the first line of its message."""
    first = next(iter(str(error).strip().splitlines()), "")
    if isinstance(error, Unrepeatable):
        return first
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
