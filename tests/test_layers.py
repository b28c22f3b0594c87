"""The walls between the packages stand, and lint-imports would tell if one were broken."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import grimp
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent

BREACHES = {
    "the agent imports numpy": ("agent", "import numpy"),
    "the agent imports scipy inside a function": ("agent", "def f(): from scipy import sparse"),
    "the agent imports msgspec": ("agent", "import msgspec"),
    "the agent imports psutil": ("agent", "import psutil"),
    "the agent imports the records": ("agent", "from unknot import records"),
    "the agent imports the front door": ("agent", "from unknot import __version__"),
    "the runtime imports measure": ("runtime", "from unknot import measuring"),
    "the runtime imports the agent": ("runtime", "from unknot.agent import census"),
    "the runtime imports the front door": ("runtime", "import unknot"),
    "the agent imports grpc": ("agent", "import grpc"),
    "the thread transport imports grpc": ("runtime/thread", "import grpc"),
    "a connection imports its server": ("runtime/remote/connection", "from . import server"),
    "the runtime imports numpy": ("runtime", "import numpy"),
    "the runtime's session imports its docket": ("runtime/session", "from . import docket"),
    "the session imports its docket for types alone": (
        "runtime/session",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .docket import Docket",
    ),
    "the caller's half imports a session": ("runtime/caller", "from .session import Reply"),
    "the worker's half imports a call": ("runtime/docket", "from .call import Receiver"),
    "the heap imports measure": ("heap", "from unknot import measuring"),
    "attach imports the command line": ("attach/process", "from unknot import cli"),
    "measuring imports attach": ("measuring", "from unknot.attach import target"),
    "measuring imports the report": ("measuring", "from unknot import report"),
    "measuring imports the benchmarks": ("measuring", "from bench import dispatch"),
    "a package that has no layer": ("utils", "import os"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_tree_as_it_is_keeps_every_contract(copy: Path) -> None:
    ran = lint_imports(copy)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 broken" in ran.stdout


def test_no_module_imports_itself_round_about() -> None:
    assert cycles(ROOT / "src") == []


def test_modules_that_import_each_other_are_found(copy: Path) -> None:
    for one, other in (("text", "errors"), ("errors", "text")):
        module = copy / "src" / "unknot" / f"{one}.py"
        statement = f"if TYPE_CHECKING:\n    from unknot import {other}\n"
        module.write_text(f"{module.read_text()}\nfrom typing import TYPE_CHECKING\n{statement}")
    assert cycles(copy / "src") == [["unknot.errors", "unknot.text"]]


def cycles(source: Path) -> list[list[str]]:
    """Modules of unknot that import each other, directly or not, for types alone included."""
    code = "import grimp; g = grimp.build_graph('unknot', cache_dir=None)\n" + (
        "print(*(f'{m} {i}' for m in g.modules for i in g.find_modules_directly_imported_by(m)), "
        "sep='\\n')"
    )
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    imports: dict[str, set[str]] = {}
    for line in ran.stdout.splitlines():
        one, other = line.split()
        imports.setdefault(one, set()).add(other)
    names = sorted(imports)
    numbers = {name: number for number, name in enumerate(names)}
    pairs = [(numbers[a], numbers[b]) for a in names for b in imports[a] if b in numbers]
    matrix = csr_matrix(
        ([1] * len(pairs), tuple(zip(*pairs, strict=True))), (len(names), len(names))
    )
    kinds, component = connected_components(matrix, connection="strong")
    groups = [[name for name in names if component[numbers[name]] == k] for k in range(kinds)]
    return [group for group in groups if len(group) > 1]


@pytest.mark.parametrize(("package", "statement"), BREACHES.values(), ids=BREACHES)
def test_a_breach_breaks_a_contract(copy: Path, package: str, statement: str) -> None:
    module = copy / "src" / "unknot" / f"{package}.py"
    if not module.exists():
        module = module.with_suffix("") / "__init__.py"
    module.parent.mkdir(exist_ok=True)
    with module.open("a") as source:
        source.write(f"\n\n{statement}\n")

    ran = lint_imports(copy)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "BROKEN" in ran.stdout


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Runs this environment's lint-imports on the package in `tree`, not on the installed one."""
    return subprocess.run(
        [Path(sysconfig.get_path("scripts"), "lint-imports"), "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("package", "allowed"), [("unknot.agent", set()), ("unknot.runtime", {"cloudpickle", "grpc"})]
)
def test_a_walled_package_imports_nothing_that_the_contracts_forgot(
    package: str, allowed: set[str]
) -> None:
    """The contracts can only list what is forbidden; this one lists what is allowed."""
    graph = grimp.build_graph("unknot", include_external_packages=True, cache_dir=None)
    imported = {
        target.partition(".")[0]
        for module in {package, *graph.find_descendants(package)}
        for target in graph.find_modules_directly_imported_by(module)
        if not target.startswith(f"{package}.") and target != package
    }
    assert imported <= allowed | sys.stdlib_module_names
