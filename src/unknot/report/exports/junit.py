"""JUnit's XML: a test case for each cell."""

from __future__ import annotations

from collections.abc import Collection
from xml.etree import ElementTree

from unknot.judgement import Finding, Judgement
from unknot.records import Case
from unknot.report.cases import name_of
from unknot.report.trace import trace_of
from unknot.text import visible

__all__ = ["junit_xml"]

_WHOLE = "the whole result"


def junit_xml(judgement: Judgement) -> bytes:
    """One suite. A cell fails where one of its findings does; its warnings are its output."""
    about: dict[Case, list[Finding]] = {case: [] for case in judgement.cells}
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
            classname=_text(case.workload or "unknot"),
            name=_text(_name(case, judgement.cells)),
        )
        failures = [one for one in findings if one.level == "failure"]
        failed += bool(failures)
        if failures:
            mark = ElementTree.SubElement(
                element, "failure", message=_text(failures[0].text), type=failures[0].kind
            )
            mark.text = _text("\n".join(map(_full, failures)), keep="\n")
        said = [one.text for one in findings if one.level != "failure"]
        if said:
            ElementTree.SubElement(element, "system-out").text = _text("\n".join(said), keep="\n")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failed))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    document: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _name(case: Case, among: Collection[Case]) -> str:
    name = name_of(case, among) or _WHOLE
    return name if not case.python or case.python in name else f"{name} {case.python}"


def _full(finding: Finding) -> str:
    return "\n".join((finding.text, *([trace_of(finding.cycle)] if finding.cycle else [])))


def _text(text: str, keep: str = "") -> str:
    """What XML can hold: no control characters, no lone surrogates."""
    return visible(text, keep=keep).replace("\ufffe", "?").replace("\uffff", "?")
