"""The file that a workload is in, a digest that changes with it, and the workloads of a folder."""

from __future__ import annotations

import ast
import contextlib
import difflib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from unknot.errors import UsageError

__all__ = ["digest_of", "find_workloads", "source_of", "text_of"]

LARGEST = 16 << 20
"""Maximum bytes of a source file."""


def source_of(workload: str) -> Path | None:
    """The file of ``path/to/file.py``, ``path/to/file.py:name`` or ``package.module:name``.

    ``None`` if it is not below the current folder, like that of an installed module: nothing is
    imported to find it.
    """
    target, _, name = workload.rpartition(":")
    if not target or name.endswith(".py"):
        target = workload
    if target.endswith(".py"):
        return Path(target)
    module = Path(*target.split("."))
    for path in (module.with_suffix(".py"), module / "__init__.py"):
        if path.is_file():
            return path
    return None


def digest_of(workload: str) -> str | None:
    """The first digits of the file's SHA-256; ``None`` if the file cannot be read."""
    try:
        path = source_of(workload)
        if path is None or not path.is_file():
            return None
        with path.open("rb") as stream:
            document = stream.read(LARGEST)
    except (OSError, ValueError):
        return None
    return hashlib.sha256(document).hexdigest()[:16]


def text_of(workload: str, digest: str | None) -> str | None:
    """The text of its file as measured; ``None`` if the file has another ``digest``."""
    path = source_of(workload)
    if path is None or digest is None or digest_of(workload) != digest:
        return None
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return None


def find_workloads(named: Sequence[str]) -> list[str]:
    """The workloads that ``named`` means, each once; for a folder, all in the files below it.

    They are ``file.py`` if the file has ``op()``, and ``file.py:name`` for functions marked with
    ``@workload``. Nothing is imported to find them. Raises :class:`~unknot.errors.UsageError` for
    a folder without any, and for a missing file.
    """
    found: list[str] = []
    for name in named:
        if not name.strip():
            raise UsageError("a workload's name is empty; '.' means all in this folder")
        if not Path(name).is_dir():
            _refuse_absent(name)
            found.append(name)
            continue
        below = [one for path in _sources(Path(name)) for one in _workloads_of(path)]
        if not below:
            raise UsageError(
                f"{name}: no file in this folder has an op() or a function marked with @workload"
            )
        found += below
    return list(dict.fromkeys(found))


def _refuse_absent(name: str) -> None:
    path = source_of(name)
    if path is None:
        path = Path(name)
        if path.suffix == ".json" and path.is_file():
            raise UsageError(
                f"{name} is a result and no workload: unknot check, compare and report take it"
            )
    elif not path.is_file():
        raise UsageError(f"there is no file {path}{_alike(path)}")


def _alike(path: Path) -> str:
    """A suggestion: a file next to it with a similar name."""
    with contextlib.suppress(OSError):
        beside = [other.name for other in path.parent.glob("*.py")]
        found = difflib.get_close_matches(path.name, beside, 1)
        if found:
            return f"; is {path.with_name(found[0])} meant?"
    return ""


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        if not any(part.startswith((".", "__")) for part in parts):
            yield path


def _workloads_of(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream:
            tree = ast.parse(stream.read(LARGEST))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return []  # whoever names the file is told why
    functions = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    marked = [f"{path}:{node.name}" for node in functions if any(map(_marks, node.decorator_list))]
    return ([str(path)] if any(node.name == "op" for node in functions) else []) + marked


def _marks(decorator: ast.expr) -> bool:
    name = decorator.attr if isinstance(decorator, ast.Attribute) else decorator
    return (name.id if isinstance(name, ast.Name) else name) == "workload"
