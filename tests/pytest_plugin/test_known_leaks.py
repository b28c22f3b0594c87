"""A leak that several tests of a session have is looked for once, and counted in each."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.pytest_plugin.test_plugin import copy, read_survey, run, suite

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.once
__all__ = ["suite"]


def test_it_is_told_of_each_test_and_what_looks_alike_is_told_apart(suite: pytest.Pytester) -> None:
    copy(suite, "known")
    outcomes, text = run(suite, "--unknot", "-v")
    assert set(outcomes.values()) == {"PASSED"}
    listed, unmeasured = read_survey(text)
    assert listed == {name for name in outcomes if "leak" in name}
    assert not unmeasured
    section = text.partition("= reference cycles and leaks =")[2]
    assert section.count("─ .registry → list") == section.count("─ .other → list") == 1
    counts = Counter((suite.path / "runs.txt").read_text().split())
    # To tell a leak from a cache takes many runs. To recognise it, after the first run: one to warm
    # up, two, five that leak at the same rates, and five in which its holder grows.
    assert counts["test_second_leaks"] == 1 + 1 + 2 + 5 + 5
    assert counts["test_elsewhere_leaks"] > counts["test_first_leaks"]
    assert counts["test_elsewhere_leaks_again"] == counts["test_second_leaks"]
    assert counts["test_twice_as_much_leaks"] == counts["test_first_leaks"]
    assert counts["test_bounded"] > counts["test_second_leaks"]


def test_where_it_is_recognised_the_report_is_what_it_would_be(suite: pytest.Pytester) -> None:
    copy(suite, "known")
    _, together = run(suite, "--unknot", "-v", "-k", "first or second or third")
    _, alone = run(suite, "--unknot", "-v", "-k", "third")
    finding = alone.partition("stays reachable")[2].partition("  in ")[0]
    assert ".registry" in finding
    assert finding in together
    assert "1 object per op leaked" in together
