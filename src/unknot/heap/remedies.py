"""What to do about a leak: by the container that keeps it, and by what kind of entry it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unknot.heap.chains import Chain
from unknot.heap.folding import CONTAINERS, title
from unknot.heap.handles import CALLABLE, ENDED
from unknot.heap.holders import MODULE
from unknot.heap.labels import LabelledObject, Who, package_of
from unknot.heap.naming import PathStep

__all__ = ["Keeping", "advise"]

CACHE = "functools._lru_cache_wrapper"
CONTEXT = "contextvars.Context"
FILLED = frozenset(CONTAINERS) - {"builtins.tuple", "builtins.frozenset"}
WEAK = ("weakref.Weak", "_weakrefset.")
PLUMBING = {(CACHE, ".cache")}
"""Steps that the program does not spell."""


@dataclass(frozen=True, slots=True, eq=False)
class Keeping:
    """A chain, and which object on it is the container that gains entries."""

    chain: Chain
    holder: int | None
    """Its place on the chain; ``None`` where no object that can be seen holds the first."""

    @property
    def road(self) -> tuple[LabelledObject, ...]:
        """What leads to the container, with it."""
        return self.chain.objects[: self.holder + 1] if self.holder is not None else ()

    @property
    def entry(self) -> LabelledObject:
        """What it gains; the container itself, where that is not seen."""
        after = 0 if self.holder is None else self.holder + 1
        return self.chain.objects[min(after, len(self.chain.objects) - 1)]

    @property
    def below(self) -> tuple[LabelledObject, ...]:
        """What the entry leads to, with it."""
        return self.chain.objects[0 if self.holder is None else self.holder + 1 :]

    @property
    def types(self) -> list[str]:
        """Of the road."""
        return [one.type for one in self.road]

    @property
    def steps(self) -> Sequence[PathStep]:
        """To the container."""
        if self.holder is None or self.holder == 0:
            return ()
        road = Chain(self.road, self.chain.references[: self.holder])
        return [step for step in road.steps if not self._is_plumbing(step)]

    @staticmethod
    def _is_plumbing(step: PathStep) -> bool:
        return (step.source, step.label) in PLUMBING or (
            step.label == ".data" and step.source.startswith(WEAK)
        )

    @property
    def container(self) -> str:
        """As the program spells it: ``BUS.listeners``, ``REGISTRY['entries']``; may be empty."""
        spelled = ""
        for step in self.steps:
            kind, _, name = step.label.rpartition(" ")
            spelled = name if kind in ("local", "closure") else spelled + step.label
        return spelled.removesuffix(".cache").strip(".")

    @property
    def name(self) -> str:
        """The last name in that."""
        return self.container.partition("[")[0].rpartition(".")[2]

    @property
    def is_attribute(self) -> bool:
        """Whether that is an attribute's, and not a variable's."""
        return "." in self.container.partition("[")[0]

    @property
    def kind(self) -> str:
        return self.types[-1] if self.types else ""

    @property
    def package(self) -> str | None:
        """The installed package whose container it is, or, of the standard library's, whose entry
        it is; ``None`` where it is the application's, or not known."""
        for one in (*reversed(self.road), *self.below):
            if one.who <= Who.LIBRARY:
                return package_of(one.who, one.package)
        return None

    @property
    def packages(self) -> list[str]:
        """Whose code may put something into the container: not the standard library's."""
        homes = (one.name or "" if one.type == MODULE else one.type for one in self.road)
        tops = dict.fromkeys(home.partition(".")[0] for home in homes)
        return [top for top in tops if top and top not in sys.stdlib_module_names]

    @property
    def is_filled_by_name(self) -> bool:
        """Whether the program's code can be looked for that puts something into it."""
        return bool(self.name) and self.kind in FILLED and not self.is_cache

    @property
    def is_cache(self) -> bool:
        """Whether the container is the cache of a function."""
        return CACHE in self.types[-2:]

    @property
    def is_context(self) -> bool:
        """Whether the container is a context, or a part of one."""
        return self.kind == CONTEXT or "hamt" in self.kind

    @property
    def callback(self) -> LabelledObject:
        """The first that can be called of what the entry leads to; without one, the entry."""
        return next((one for one in self.below if one.type in CALLABLE), self.entry)

    @property
    def is_method(self) -> bool:
        """Whether the cache is that of a method."""
        at = self.types.index(CACHE) if CACHE in self.types else 0
        return at > 0 and any(one.is_class for one in self.road[:at])


Rule = tuple[Callable[[Keeping], bool], str]

RULES: tuple[Rule, ...] = (
    (
        lambda kept: kept.is_cache and kept.is_method,
        "`{container}` is a method that is cached, so the cache keeps each object as a key: use "
        "`functools.cached_property`, or cache a function of what the result depends on",
    ),
    (
        lambda kept: kept.is_cache,
        "call `{container}` with what stays the same, or give its cache a bound (`maxsize`): what "
        "is new each time is a new key each time",
    ),
    (
        lambda kept: kept.container.endswith("finalize._registry"),
        "give `weakref.finalize` a function and the data that it needs: the {callback} leads to "
        "the very object whose end it waits for",
    ),
    (
        lambda kept: kept.container.endswith("loggerDict"),
        "ask `logging.getLogger` for a few fixed names, and put what varies into the message: it "
        "keeps a logger for each name",
    ),
    (
        lambda kept: "logging.Logger" in kept.types and kept.name == "handlers",
        "call `{owner}.removeHandler` and the handler's `close` when it is done with, or add one "
        "handler once",
    ),
    (
        lambda kept: any(one.type == "_thread._local" for one in kept.below),
        "make one `threading.local`, at the top of a module, instead of one for each object",
    ),
    (
        lambda kept: kept.entry.type == "asyncio.Task" and kept.entry.state in ENDED,
        "remove each task when it is done: `task.add_done_callback({container}.{remove})`",
    ),
    (
        lambda kept: kept.entry.type == "asyncio.Task",
        "cancel the task and await it when its owner is done with it, and take it out of "
        "`{container}`",
    ),
    (
        lambda kept: kept.is_context,
        "make each `ContextVar` once, at the top of a module: a context keeps the value of every "
        "variable that was set in it",
    ),
    (
        lambda kept: kept.entry.is_class,
        "make `{entry}` once, and look it up: each class that is made is a new one",
    ),
    (
        lambda kept: kept.holder is None and kept.entry.type in CALLABLE,
        "take the {entry} back where it was registered (as `atexit.unregister` does), or register "
        "one function once, and let it know its objects weakly",
    ),
    (
        lambda kept: kept.holder is None,
        "have the C code that took the reference give it back (`Py_DECREF`)",
    ),
    (
        lambda kept: "__defaults__" in kept.container or "__kwdefaults__" in kept.container,
        "make the argument's default anew in each call (`None` in its place): there is one "
        "`{container}` for all of them",
    ),
    (
        lambda kept: bool(kept.container) and kept.entry.type in CALLABLE,
        "remove the {entry} from `{container}` when it is wanted no more, or keep it weakly "
        "(`weakref.WeakMethod`)",
    ),
    (
        lambda kept: bool(kept.container) and kept.kind == "collections.deque",
        "give `{container}` a bound (`maxlen`), or take out what is done with",
    ),
    (
        lambda kept: bool(kept.container) and kept.kind in CONTAINERS,
        "remove {each} from `{container}` when it is done with, or give `{container}` a bound",
    ),
)
"""The first rule that matches says it."""


def advise(kept: Keeping, places: Sequence[str] = ()) -> str | None:
    """What to do, in one sentence; nothing where no rule knows.

    ``places`` are where the container gains entries: ``Bus.subscribe (registry.py:8)``.
    """
    said = next((text for matches, text in RULES if matches(kept)), None)
    if said is None:
        return None
    entry = kept.entry
    sentence = said.format(
        container=kept.container,
        owner=kept.container.rpartition(".")[0] or kept.container,
        entry=title(entry),
        callback=title(kept.callback),
        each=f"each {_brief(entry)}" if kept.below else "each entry",
        remove="discard" if kept.kind == "builtins.set" else "remove",
    )
    sentence = sentence[:1].upper() + sentence[1:]
    if not places:
        return f"{sentence}."
    return f"{sentence}. `{kept.container}` gains entries in {' and '.join(places)}."


def _brief(entry: LabelledObject) -> str:
    """``Job`` of an ``app.Job``; of code, what code it is."""
    said = title(entry)
    return said if " " in said else said.rpartition(".")[2]
