"""Documents for other programs: GitHub annotations, JUnit XML, benchmark JSON."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import msgspec

from unknot.records import Case, Cell, Latency, Result
from unknot.records.judgement import GateMessage, Judgement, Level
from unknot.report.cases import grouped, name_of
from unknot.report.wording import trace_of
from unknot.text import visible

MOST = 10
"""Maximum number of annotations per level that GitHub shows for a step."""


class Location(NamedTuple):
    """``line`` is 0 if only the file is known."""

    file: str
    line: int


class Repository:
    """The files below ``root``; relative paths in a result are relative to ``here``."""

    def __init__(self, root: Path, here: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self._here = here

    @classmethod
    def around(cls, here: Path) -> Repository:
        """GitHub's checkout, or the repository that contains ``here``, or ``here`` itself."""
        named = os.environ.get("GITHUB_WORKSPACE")
        if named:
            return cls(Path(named), here)
        above = (folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git"))
        return cls(next(above, here), here)

    def locate(self, finding: GateMessage) -> Location | None:
        """The line of the cut; if it is outside of the repository, the workload's file."""
        where = finding.cycle.where if finding.cycle is not None else None
        code, _, number = (where or "").rpartition(":")
        target = finding.case.workload
        workload = target if target.endswith(".py") else target.rpartition(":")[0]
        if code and number.isascii() and number.isdigit() and len(number) < 8:
            for place in (Path(code), Path(workload).parent / code):
                if (found := self._inside(place)) is not None:
                    return Location(found, int(number))
        found = self._inside(Path(workload)) if workload else None
        return Location(found, 0) if found is not None else None

    def _inside(self, place: Path) -> str | None:
        try:
            path = Path(os.path.realpath(self._here / place))
            return str(path.relative_to(self._root)) if path.is_file() else None
        except (OSError, ValueError):  # a name that no file can have, or a file elsewhere
            return None


def annotation_lines(judgement: Judgement, repository: Repository) -> list[str]:
    """Workflow commands, one per line: ``error`` for failures, ``warning`` for warnings."""
    commands = []
    levels: Sequence[tuple[Level, str]] = (("failure", "error"), ("warning", "warning"))
    for level, command in levels:
        for group in grouped(judgement.findings, level, judgement.cells)[:MOST]:
            place = _source(repository.locate(group.first))
            commands.append(f"::{command} {place}title=unknot check::{_escaped(str(group))}")
    return commands


def _source(place: Location | None) -> str:
    if place is None:
        return ""
    line = f"line={place.line}," if place.line else ""
    return f"file={_property(place.file)},{line}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escapes a file name; unlike text, it must not be altered to be made safe."""
    escaped = _escaped(text.encode("utf-8", "replace").decode())
    return escaped.replace(":", "%3A").replace(",", "%2C")


_WHOLE = "the whole result"


def junit_xml(judgement: Judgement) -> bytes:
    """A test suite of the cells; failures are a cell's failure, other findings its output."""
    about: dict[Case, list[GateMessage]] = {case: [] for case in judgement.cells}
    for finding in judgement.findings:
        about.setdefault(finding.case, []).append(finding)
    suite = ElementTree.Element("testsuite", name="unknot check", errors="0", skipped="0")
    failed = 0
    for case, findings in about.items():
        if case == Case() and not findings:
            continue
        element = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_xml_text(case.workload or "unknot"),
            name=_xml_text(_test_name(case, judgement.cells)),
        )
        failures = [one for one in findings if one.level == "failure"]
        failed += bool(failures)
        if failures:
            mark = ElementTree.SubElement(
                element, "failure", message=_xml_text(failures[0].text), type=failures[0].kind
            )
            mark.text = _xml_text("\n".join(map(_full, failures)), keep="\n")
        said = [one.text for one in findings if one.level != "failure"]
        if said:
            ElementTree.SubElement(element, "system-out").text = _xml_text(
                "\n".join(said), keep="\n"
            )
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failed))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    document: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _test_name(case: Case, among: Collection[Case]) -> str:
    name = name_of(case, among) or _WHOLE
    return name if not case.python or case.python in name else f"{name} {case.python}"


def _full(finding: GateMessage) -> str:
    return "\n".join((finding.text, *([trace_of(finding.cycle)] if finding.cycle else [])))


def _xml_text(text: str, keep: str = "") -> str:
    """``text`` without what XML forbids: control characters and lone surrogates."""
    return visible(text, keep=keep).replace("\ufffe", "?").replace("\uffff", "?")


def measured(result: Result) -> list[Cell]:
    """The cells with counts and no error."""
    return [cell for cell in result.cells if cell.error is None and cell.per_op is not None]


def benchmark_name(about: Cell | Latency, result: Result) -> str:
    """Variant and case, with workload and Python version if there are several."""
    several = len({cell.workload for cell in result.cells}) > 1
    workload = about.workload if several and about.workload != about.variant else ""
    words = [workload, about.variant, *about.case.load, about.shape, about.ending, f"gc {about.gc}"]
    if isinstance(about, Cell) and len({_minor(cell) for cell in result.cells}) > 1:
        words.append(f"python {_minor(about)}")
    return visible(" ".join(filter(None, words)))


def _minor(cell: Cell) -> str:
    return ".".join(cell.python.split(".")[:2])


def github_benchmark_json(result: Result) -> bytes:
    """A list of benchmarks with ``name``, ``unit`` and ``value``, for github-action-benchmark."""
    points: list[dict[str, Any]] = [
        {"name": f"{benchmark_name(cell, result)} – {name}", "unit": unit, "value": value}
        for cell in measured(result)
        for name, unit, value in _values(cell)
    ]
    for latency in result.latencies:
        points.append(
            {
                "name": f"{benchmark_name(latency, result)} – time",
                "unit": "s/op",
                "value": latency.mean_s,
                "range": f"± {latency.stdev_s:.3g}",
            }
        )
    return msgspec.json.format(msgspec.json.encode(points), indent=1) + b"\n"


def _values(cell: Cell) -> list[tuple[str, str, float]]:
    """Name, unit and value of each measure that is known."""
    assert cell.per_op is not None
    measures = (
        ("cyclic", "objects/op", cell.per_op.cyclic),
        ("leaked", "objects/op", cell.per_op.leaked),
        ("blocks leaked", "blocks/op", cell.per_op.blocks_leaked),
        ("bytes kept", "bytes/op", cell.per_op.bytes),
    )
    return [(name, unit, value) for name, unit, value in measures if value is not None]


_NANO = 1e9
"""Bencher's measure ``latency`` is in nanoseconds."""
_SLUGS = {"blocks leaked": "blocks-leaked", "bytes kept": "bytes"}


def bencher_json(result: Result) -> bytes:
    """Benchmarks by name with their measures by name, in Bencher Metric Format."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for cell in measured(result):
        found.setdefault(benchmark_name(cell, result), {}).update(
            (_SLUGS.get(name, name), {"value": value}) for name, _, value in _values(cell)
        )
    for latency in result.latencies:
        value, half = latency.mean_s * _NANO, latency.stdev_s * _NANO
        found.setdefault(benchmark_name(latency, result), {})["latency"] = {
            "value": value,
            "lower_value": max(value - half, 0.0),
            "upper_value": value + half,
        }
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"
