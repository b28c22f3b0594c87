"""The bundled workloads: what each one's operation is, and what it requires."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Listed", "catalogue"]


class Listed(NamedTuple):
    """One workload that ``unknot run`` can measure as it is, by the path of its file."""

    path: Path
    operation: str
    requirements: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem


def catalogue() -> list[Listed]:
    """Every file in ``workloads`` that says what its operation is, by name.

    They are read and not imported: what they need is seldom installed where the harness runs.
    """
    found = []
    for path in sorted(Path(__file__).parent.glob("workloads/*.py")):
        said = _constants(path)
        if "OPERATION" in said:
            found.append(Listed(path, said["OPERATION"], tuple(said["REQUIREMENTS"])))
    return found


def _constants(path: Path) -> dict[str, Any]:
    """The file's own literal OPERATION and REQUIREMENTS."""
    said = {}
    for statement in ast.parse(path.read_text()).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in ("OPERATION", "REQUIREMENTS"):
                assert isinstance(statement, ast.Assign | ast.AnnAssign)
                assert statement.value is not None
                said[target.id] = ast.literal_eval(statement.value)
    return said
