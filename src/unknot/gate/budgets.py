"""A project's budgets: ``[tool.unknot]`` in its ``pyproject.toml``, read strictly.

::

    [tool.unknot.budgets."bench/workloads/wool.py"]
    leaked = 0                                   # objects per operation, of all types
    bytes = 2_000                                # allocated and not freed at once
    [tool.unknot.budgets."bench/workloads/wool.py".types."asyncio.Task"]
    cyclic = 0
    peak = 40                                    # live objects at a time
    [tool.unknot.budgets."bench/workloads/wool.py".variants.new]
    cyclic = 2                                   # overrides the workload's limit

    [[tool.unknot.allowed]]
    signature = "3f9a1c"                         # as shown in the finding
    reason = "the standard library's own"
    link = "https://github.com/python/cpython/issues/…"
"""

from __future__ import annotations

import re
import tomllib
from typing import Annotated, Any

import msgspec

from unknot.errors import UsageError
from unknot.records import Cell, Cycle, Leak, is_mine

__all__ = ["Allowed", "Budget", "Budgets", "Limits", "parse_budgets"]

OPTIONS = frozenset(
    ("run", "init", "check", "compare", "merge", "report", "attach", "dump", "explain")
)
"""Tables of ``[tool.unknot]`` that are a command's options, read by :mod:`unknot.cli.settings`."""
DEEPEST = 200
"""Parts of a dotted key: the time that tomllib takes grows with their square."""
HIGHEST = 1e15
"""The highest limit. An infinite one would limit nothing: it is left out."""
UNNAMED = 0.02
"""Share of what leaks that may have no name where all that has one is excused."""
_ENDLESS_KEY = re.compile(rf"(?<![\w\"'.-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")

PerOperation = Annotated[float, msgspec.Meta(ge=0, le=HIGHEST)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Upper limits; ``None`` is no limit."""

    cyclic: PerOperation | None = None
    leaked: PerOperation | None = None
    retained: PerOperation | None = None
    bytes: PerOperation | None = None
    peak: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def over(self, others: Limits) -> Limits:
        """These limits, completed by those of ``others``."""
        own = {
            name: value for name, value in msgspec.structs.asdict(self).items() if value is not None
        }
        return msgspec.structs.replace(others, **own)


class Budget(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits for all types together, and by type."""

    types: dict[Text, Limits] = {}


class WorkloadBudget(Budget, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits for every variant of a workload, and by variant."""

    variants: dict[Text, Budget] = {}


class Allowed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A known cycle that is tolerated."""

    signature: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{6,64}$")]
    reason: Text
    link: Text
    workload: str | None = None
    """The only workload in which it is allowed; ``None``: any."""

    def covers(self, workload: str, signature: str) -> bool:
        return signature.startswith(self.signature) and self.workload in (None, workload)


class Budgets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of ``[tool.unknot]``."""

    budgets: dict[Text, WorkloadBudget] = {}
    allowed: list[Allowed] = []
    mine: bool = False
    """Whether cycles and leaks that an installed package or Python has to mend are no failure."""

    def of(self, cell: Cell) -> Budget:
        """The budget of a cell: its variant's limits, then its workload's."""
        general = self.budgets.get(cell.workload, WorkloadBudget())
        special = general.variants.get(cell.variant, Budget())
        types = {
            name: special.types.get(name, Limits()).over(general.types.get(name, Limits()))
            for name in {**general.types, **special.types}
        }
        limits = _bare(special).over(_bare(general))
        return Budget(**msgspec.structs.asdict(limits), types=types)

    def excuses(self, cell: Cell, cycle: Cycle) -> bool:
        """Whether a cycle is allowed, or is a package's where only the project's are judged."""
        others = self.mine and not is_mine(cell, cycle)
        return others or self.permission(cell.workload, cycle.signature) is not None

    def excused_leaks(self, cell: Cell) -> list[Leak]:
        """The cell's leaks, if only one's own are judged and none of them is that; or else none.

        They have to be all that leaks: what has no name, or grows, may be anybody's.
        """
        if not self.mine or cell.growths or any(is_mine(cell, leak) for leak in cell.leaks):
            return []
        named = sum(leak.objects_per_op for leak in cell.leaks)
        leaked = cell.per_op.leaked if cell.per_op is not None else 0.0
        return cell.leaks if leaked - named <= UNNAMED * leaked else []

    def permission(self, workload: str, signature: str) -> Allowed | None:
        """The entry that allows a cycle; ``None`` if there is none."""
        return next((one for one in self.allowed if one.covers(workload, signature)), None)


def parse_budgets(document: str, source: str) -> Budgets:
    """The budgets in the text of a ``pyproject.toml``, which errors call ``source``.

    Without ``[tool.unknot]`` there are no budgets. Raises :class:`~unknot.errors.UsageError` if the
    text is not TOML, or for an unknown key or an invalid value, naming the key.
    """
    if _ENDLESS_KEY.search(document):
        raise UsageError(f"{source}: not a pyproject.toml: a key of more than {DEEPEST} parts")
    try:
        settings: Any = tomllib.loads(document)
        for part in ("tool", "tool.unknot"):
            settings = settings.get(part.rpartition(".")[2], {})
            if not isinstance(settings, dict):
                raise UsageError(f"{source}: not a pyproject.toml: {part} is no table")
        own = {name: value for name, value in settings.items() if name not in OPTIONS}
        unknown = sorted(set(own) - set(Budgets.__struct_fields__))
        if unknown:
            known = ", ".join(sorted(Budgets.__struct_fields__))
            raise UsageError(
                f"{source}: [tool.unknot]: there is no key {unknown[0]!r}; known are {known}, "
                "and tables for the options of a command, as [tool.unknot.run]"
            )
        return msgspec.convert(own, Budgets)
    except msgspec.ValidationError as error:
        raise UsageError(f"{source}: [tool.unknot]: {_with_key(str(error))}") from error
    except (ValueError, RecursionError) as error:  # too many digits, too deep
        raise UsageError(f"{source}: not a pyproject.toml that can be read: {error}") from error


def _bare(budget: Budget) -> Limits:
    names = Limits.__struct_fields__
    return Limits(**{name: getattr(budget, name) for name in names})


def _with_key(message: str) -> str:
    """msgspec's message with its path ``$.budgets`` written as in TOML, ``tool.unknot.budgets``."""
    return message.replace("`$.", "`tool.unknot.").replace("`$`", "`tool.unknot`")
