"""What is sent to another machine: the code of the workloads, by its contents."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from unknot.errors import UsageError
from unknot.measuring.parcel import Bundle, fill, order_of, pack, unpack
from unknot.measuring.spec import CellSpec


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    work = tmp_path / "work"
    for name in ("w.py", "beside.py", "package/__init__.py", "package/inner/__init__.py"):
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def op(): pass\n")
    (work / "package" / "inner" / "ops.py").write_text("def op(): pass\n")
    (work / "package" / "data.bin").write_bytes(b"\0" * 10)
    monkeypatch.chdir(work)
    return work


def names(bundle: Bundle) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(bundle.archive)).namelist()


def test_a_file_goes_alone_and_a_module_with_its_package(folder: Path) -> None:
    assert names(pack({"w.py"})) == names(pack({"w.py:op"})) == ["w.py"]
    whole = ["package/__init__.py", "package/inner/__init__.py", "package/inner/ops.py"]
    assert names(pack({"package.inner.ops:op"})) == whole
    assert names(pack({"package/inner/ops.py", "w.py"})) == [*whole, "w.py"]
    assert names(pack({"json.tool:main"})) == []  # installed


def test_the_digest_is_of_the_contents(folder: Path) -> None:
    first = pack({"w.py"})
    assert pack({"w.py"}) == first
    (folder / "w.py").write_text("def op(): return 1\n")
    assert pack({"w.py"}).digest != first.digest


def test_it_is_unpacked_once(folder: Path) -> None:
    bundle = pack({"package.inner.ops:op"})
    made = unpack(bundle)
    assert (made / "package" / "inner" / "ops.py").read_text() == "def op(): pass\n"
    mark = made / "mark"
    mark.touch()
    assert unpack(bundle) == made
    assert mark.exists()


def test_what_lies_elsewhere_is_not_sent(folder: Path) -> None:
    for workload in ("../w.py", str(folder / "w.py")):
        with pytest.raises(UsageError, match="not below the current folder"):
            pack({workload})
    with pytest.raises(UsageError, match="no such file"):
        pack({"absent.py"})


def test_an_order_names_no_path_of_this_machine(folder: Path) -> None:
    spec = CellSpec(workload="w.py")
    assert order_of(spec, "3.13.0").own
    assert order_of(spec, "3.13.0").spec.python == ""
    assert order_of(spec, "3.13.0").folder == ""
    required = CellSpec(workload="w.py", requirements=("httpx",), packages={"httpx": "1"})
    assert not order_of(required, "3.13.0").own
    assert order_of(required, "3.13.0").spec.packages == {}


def test_what_another_machine_cannot_have_is_refused(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[project]\nname = 'mine'\n")
    mine = CellSpec(workload="w.py", requirements=(".",))
    with pytest.raises(UsageError, match="a path of this machine cannot be installed"):
        order_of(mine, "3.13.0")
    assert order_of(mine, "3.13.0", here=True).installs == (str(folder),)
    (folder / "venv" / "bin").mkdir(parents=True)
    (folder / "venv" / "pyvenv.cfg").touch()
    with pytest.raises(UsageError, match="a virtual environment of this machine"):
        order_of(CellSpec(workload="w.py", python=str(folder / "venv/bin/python")), "3.13.0")


def test_what_cannot_be_measured_is_a_record_that_says_why(folder: Path) -> None:
    cell = fill(order_of(CellSpec(workload="w.py"), "3.8.99"))
    assert cell.error is not None
    assert cell.error.kind == "environment"
    assert "3.8.99" in cell.error.message
    assert cell.machine is not None
