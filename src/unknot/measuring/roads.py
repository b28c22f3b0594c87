"""Named chains to an object from a module, or from a holder that no snapshot shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from unknot.heap import Snapshot
from unknot.heap.chains import AGENT, Chain, read_chain
from unknot.heap.holders import MODULE, find_chains
from unknot.heap.labels import Unseen
from unknot.measuring.probe import Probe

__all__ = ["OUT_OF_SIGHT", "RUNNING", "Roads", "find_unseen", "rooted", "through"]

OUT_OF_SIGHT = (
    "the first of these has more references than can be found: it is held from C (by a registry "
    "such as atexit's, by memory of an extension type, or by a reference that was never "
    "released), or by an unfinished expression in a running function; `--allocations` shows "
    "the lines that allocate what stays"
)
RUNNING = "a function that runs holds it"
OPAQUE = (
    "{holder} does not support the collector, which sees neither it nor what it holds; that "
    "reference was found in its memory"
)


def find_unseen(probe: Probe, heap: Snapshot, roots: Iterable[int]) -> Mapping[int, Unseen]:
    """Unseen holders of the roots; modules and the agent's objects need none."""
    return probe.find_unseen(heap, [root for root in roots if not _holds_by_itself(heap, root)])


def _holds_by_itself(heap: Snapshot, root: int) -> bool:
    name: str = heap.type_names[heap.types[root]]
    return name == MODULE or name.startswith(AGENT)


def rooted(
    probe: Probe, heap: Snapshot, unseen: Mapping[int, Unseen], root: int, chain: Chain
) -> tuple[Chain, str | None]:
    """The chain continued upwards from ``root`` to its unseen holder, and a note on that."""
    if _holds_by_itself(heap, root):
        return chain, None
    found = unseen.get(root)
    if found is None:
        return chain, OUT_OF_SIGHT
    told = OPAQUE.format(holder=found.holder.type.removeprefix("builtins."))
    return through(probe, heap, found, chain), RUNNING if found.keeper is None else told


def through(probe: Probe, heap: Snapshot, unseen: Unseen, end: Chain) -> Chain:
    """The chain that leads to ``end`` through an unseen reference."""
    chain = Chain((unseen.holder, end.objects[0]), (unseen.reference,)) + end
    if unseen.keeper is not None:
        chain = Chain((unseen.keeper, unseen.holder), (unseen.kept,)) + chain
    if unseen.root is None:
        return chain
    roads = Roads(probe, heap, [unseen.root])
    return read_chain(heap, roads.to(unseen.root), roads.labels) + chain


class Roads:
    """Chains from modules to some objects, and the labels of the objects on them."""

    def __init__(
        self, probe: Probe, heap: Snapshot, targets: Iterable[int], others: Iterable[int] = ()
    ) -> None:
        self._heap = heap
        self._chains = {target: find_chains(heap, target) for target in targets}
        numbers = [one for chains in self._chains.values() for chain in chains for one in chain]
        self.labels = probe.label(heap, [*numbers, *others])

    def to(self, target: int) -> list[int]:
        """The best chain: from a module that defines a type on the chain, or else the shortest."""
        return min(self._chains[target], key=self._order, default=[target])

    def types(self, target: int) -> list[str]:
        """The types of the objects on that chain, the target included."""
        return [self._heap.type_names[self._heap.types[one]] for one in self.to(target)]

    def _order(self, chain: list[int]) -> tuple[bool, int, int, str]:
        root = self.labels.get(chain[0])
        name = root.name if root is not None and root.name else ""
        types = (self._heap.type_names[self._heap.types[one]] for one in chain)
        homes = {type_name.rpartition(".")[0] for type_name in types}
        return name not in homes, len(chain), name.count("."), name
