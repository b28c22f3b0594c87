"""Says what to do about a leak, from the container that holds it and the type of its entries."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from unknot.heap.chains import Chain
from unknot.heap.edges import CALLABLE, ENDED
from unknot.heap.folding import CONTAINERS, title
from unknot.heap.holders import MODULE
from unknot.heap.labels import CodeOrigin, LabelledObject, package_of
from unknot.heap.paths import PathStep
from unknot.records import Leak

__all__ = ["HAMT", "LeakPath", "advise_leak", "unite"]

CACHE = "functools._lru_cache_wrapper"
CONTEXT = "contextvars.Context"
HAMT = "hamt"
"""Part of the names of the types that implement a context."""
FILLED = frozenset(CONTAINERS) - {"builtins.tuple", "builtins.frozenset"}
WEAK = ("weakref.Weak", "_weakrefset.")
PLUMBING = {(CACHE, ".cache")}
"""Steps that do not appear in the program's text."""


@dataclass(frozen=True, slots=True, eq=False)
class LeakPath:
    """A chain to leaked objects, and the container on it that gains entries."""

    chain: Chain
    holder: int | None
    """The container's index on the chain; ``None`` if no visible object holds the first object."""
    registry: str | None = None
    """Why the interpreter holds the first object: ``atexit``, ``fork`` or ``signal``, if known."""

    @property
    def above(self) -> tuple[LabelledObject, ...]:
        """The objects from the root to the container, inclusive."""
        return self.chain.objects[: self.holder + 1] if self.holder is not None else ()

    @property
    def entry(self) -> LabelledObject:
        """The entry that the container gains; the container itself if the entry is not visible."""
        after = 0 if self.holder is None else self.holder + 1
        return self.chain.objects[min(after, len(self.chain.objects) - 1)]

    @property
    def below(self) -> tuple[LabelledObject, ...]:
        """The objects from the entry to the end of the chain, inclusive."""
        return self.chain.objects[0 if self.holder is None else self.holder + 1 :]

    @property
    def types(self) -> list[str]:
        """The types of ``above``."""
        return [one.type for one in self.above]

    @property
    def steps(self) -> Sequence[PathStep]:
        """The steps from the root to the container, without plumbing."""
        if self.holder is None or self.holder == 0:
            return ()
        above = Chain(self.above, self.chain.references[: self.holder])
        return [step for step in above.steps if not self._is_plumbing(step)]

    @staticmethod
    def _is_plumbing(step: PathStep) -> bool:
        return (step.source, step.label) in PLUMBING or (
            step.label == ".data" and step.source.startswith(WEAK)
        )

    @property
    def container(self) -> str:
        """The container as code, such as ``BUS.listeners`` or ``REGISTRY['entries']``; may be
        empty."""
        spelled = ""
        for step in self.steps:
            kind, _, name = step.label.rpartition(" ")
            spelled = name if kind in ("local", "closure") else spelled + step.label
        return spelled.removesuffix(".cache").strip(".")

    @property
    def name(self) -> str:
        """The last name in ``container``."""
        return self.container.partition("[")[0].rpartition(".")[2]

    @property
    def is_attribute(self) -> bool:
        """Whether ``name`` is an attribute rather than a variable."""
        return "." in self.container.partition("[")[0]

    @property
    def kind(self) -> str:
        return self.types[-1] if self.types else ""

    @property
    def package(self) -> str | None:
        """The installed package that owns the container or, for a container of the standard
        library, the entry; ``None`` if that is the application, or is not known."""
        for one in (*reversed(self.above), *self.below):
            if one.origin <= CodeOrigin.LIBRARY:
                return package_of(one.origin, one.package)
        return None

    @property
    def packages(self) -> list[str]:
        """Top-level packages, without the standard library, whose code may fill the container."""
        homes = (one.name or "" if one.type == MODULE else one.type for one in self.above)
        tops = dict.fromkeys(home.partition(".")[0] for home in homes)
        return [top for top in tops if top and top not in sys.stdlib_module_names]

    @property
    def all_packages(self) -> list[str]:
        """Top-level packages, without the standard library, of everything on the chain."""
        tops = (one.package or one.type.partition(".")[0] for one in self.chain.objects)
        return [top for top in dict.fromkeys(tops) if top not in sys.stdlib_module_names]

    @property
    def is_filled_by_name(self) -> bool:
        """Whether the code that fills the container can be searched for by its name."""
        return bool(self.name) and self.kind in FILLED and not self.is_cache

    @property
    def is_cache(self) -> bool:
        """Whether the container is the cache of ``functools.lru_cache``."""
        return CACHE in self.types[-2:]

    @property
    def is_context(self) -> bool:
        """Whether the container is a context or part of one."""
        return self.kind == CONTEXT or HAMT in self.kind

    @property
    def callback(self) -> LabelledObject:
        """The first callable in ``below``; the entry if there is none."""
        return next((one for one in self.below if one.type in CALLABLE), self.entry)

    @property
    def is_method(self) -> bool:
        """Whether the cached function is a method."""
        at = self.types.index(CACHE) if CACHE in self.types else 0
        return at > 0 and any(one.is_class for one in self.above[:at])


Rule = tuple[Callable[[LeakPath], bool], str]

RULES: tuple[Rule, ...] = (
    (
        lambda leak: leak.is_cache and leak.is_method,
        "`{container}` is a method that is cached, so the cache keeps each object as a key: use "
        "`functools.cached_property`, or cache a function of what the result depends on",
    ),
    (
        lambda leak: leak.is_cache,
        "call `{container}` with what stays the same, or give its cache a bound (`maxsize`): what "
        "is new each time is a new key each time",
    ),
    (
        lambda leak: leak.container.endswith("finalize._registry"),
        "give `weakref.finalize` a function and the data that it needs: the {callback} leads to "
        "the very object whose end it waits for",
    ),
    (
        lambda leak: leak.container.endswith("loggerDict"),
        "ask `logging.getLogger` for a few fixed names, and put what varies into the message: it "
        "keeps a logger for each name",
    ),
    (
        lambda leak: "logging.Logger" in leak.types and leak.name == "handlers",
        "call `{owner}.removeHandler` and the handler's `close` when it is done with, or add one "
        "handler once",
    ),
    (
        lambda leak: any(one.type == "_thread._local" for one in leak.below),
        "make one `threading.local`, at the top of a module, instead of one for each object",
    ),
    (
        lambda leak: leak.entry.type == "asyncio.Task" and leak.entry.state in ENDED,
        "remove each task when it is done: `task.add_done_callback({container}.{remove})`",
    ),
    (
        lambda leak: leak.entry.type == "asyncio.Task",
        "cancel the task and await it when its owner is done with it, and take it out of "
        "`{container}`",
    ),
    (
        lambda leak: leak.is_context,
        "make each `ContextVar` once, at the top of a module: a context keeps the value of every "
        "variable that was set in it",
    ),
    (
        lambda leak: leak.entry.is_class,
        "make `{entry}` once, and look it up: each class that is made is a new one",
    ),
    (
        lambda leak: leak.registry == "fork",
        "register one function, once, and let it know its objects weakly: what "
        "`os.register_at_fork` was given cannot be taken back",
    ),
    (
        lambda leak: leak.registry == "signal",
        "put the handler back that was there before, when the {callback} is wanted no more, or set "
        "one handler, once: a handler that calls the one before it keeps it",
    ),
    (
        lambda leak: (
            leak.registry == "atexit" or (leak.holder is None and leak.entry.type in CALLABLE)
        ),
        "take the {callback} back where it was registered (as `atexit.unregister` does), or "
        "register one function once, and let it know its objects weakly",
    ),
    (
        lambda leak: leak.holder is None,
        "have the C code that took the reference give it back (`Py_DECREF`)",
    ),
    (
        lambda leak: "__defaults__" in leak.container or "__kwdefaults__" in leak.container,
        "make the argument's default anew in each call (`None` in its place): there is one "
        "`{container}` for all of them",
    ),
    (
        lambda leak: bool(leak.container) and leak.entry.type in CALLABLE,
        "remove the {entry} from `{container}` when it is wanted no more, or keep it weakly "
        "(`weakref.WeakMethod`)",
    ),
    (
        lambda leak: bool(leak.container) and leak.kind == "collections.deque",
        "give `{container}` a bound (`maxlen`), or take out what is done with",
    ),
    (
        lambda leak: bool(leak.container) and leak.kind in CONTAINERS,
        "remove {each} from `{container}` when it is done with, or give `{container}` a bound",
    ),
)
"""The first rule that matches applies."""


def advise_leak(leak: LeakPath, places: Sequence[tuple[str, str]] = ()) -> str | None:
    """What to do, in one or two sentences; ``None`` if no rule matches.

    ``places`` are where the container gains entries: a function, and ``path:line`` in it.
    """
    template = next((text for matches, text in RULES if matches(leak)), None)
    if template is None:
        return None
    entry = leak.entry
    sentence = template.format(
        container=leak.container,
        owner=leak.container.rpartition(".")[0] or leak.container,
        entry=title(entry),
        callback=title(leak.callback),
        each=f"each {_brief(entry)}" if leak.below else "each entry",
        remove="discard" if leak.kind == "builtins.set" else "remove",
    )
    sentence = sentence[:1].upper() + sentence[1:]
    if not places:
        return f"{sentence}."
    where = " and ".join(f"`{function}` ({line})" for function, line in places)
    if leak.registry:
        return f"{sentence}. It is registered in {where}."
    return f"{sentence}. `{leak.container}` gains entries in {where}."


def _brief(entry: LabelledObject) -> str:
    """The type without its module, such as ``Job``; for code, its title."""
    text = title(entry)
    return text if " " in text else text.rpartition(".")[2]


def unite(found: Sequence[Leak]) -> list[Leak]:
    """Merges leaks that have the same advice and the same root."""
    united: dict[object, Leak] = {}
    for number, leak in enumerate(sorted(found, key=lambda leak: HAMT in leak.type)):
        cause = (leak.advice, leak.steps[0].source) if leak.advice and leak.steps else number
        same = united.get(cause)
        united[cause] = leak if same is None else _add(same, leak)
    return list(united.values())


def _add(one: Leak, other: Leak) -> Leak:
    alike = other.per_op if one.type == other.type else 0.0
    return replace(
        one,
        per_op=round(one.per_op + alike, 9),
        objects_per_op=round(one.objects_per_op + other.objects_per_op, 9),
        bytes_per_op=round(one.bytes_per_op + other.bytes_per_op, 9),
    )
