"""A judgement for other programs: what continuous integration shows, stores or draws."""

from __future__ import annotations

from unknot.report.exports.benchmarks import bencher_json, github_benchmark_json
from unknot.report.exports.github import Repository, annotation_lines
from unknot.report.exports.junit import junit_xml

__all__ = [
    "Repository",
    "annotation_lines",
    "bencher_json",
    "github_benchmark_json",
    "junit_xml",
]
