"""Imports the agent's modules from their source text, in processes that cannot read its files.

The programs in ``inject`` execute this in a namespace of its own before they import the agent.
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Dict, Optional

__all__ = ["AgentImporter"]


class AgentImporter:
    """Finds and loads ``unknot_agent``, whose source is ``sources[""]``, and its modules."""

    def __init__(self, sources: Dict[str, str]) -> None:
        self.sources = sources

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        """The spec of an agent's module; ``None`` for other modules."""
        head, _, tail = name.partition(".")
        if head == "unknot_agent" and tail in self.sources:
            return ModuleSpec(name, self, is_package=not tail)  # type: ignore[arg-type]
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        """Use the default module creation."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module's source."""
        name = module.__name__.partition(".")[2]
        module.__file__ = f"<unknot_agent>/{name}.py"
        exec(compile(self.sources[name], f"<{module.__name__}>", "exec"), module.__dict__)
