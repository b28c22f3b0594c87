"""The plugin's instrument does what the agent does, as far as a test run can be asked for it."""

from __future__ import annotations

from unknot.agent.duties import Duties
from unknot.pytest_plugin.instrument import Instrument

OF_A_CELL = {"census", "force", "log", "report", "sizes"}
"""A sustained run, and memory: that of pytest's process is not the test's."""


def test_measuring_asks_for_nothing_that_the_instrument_cannot_do() -> None:
    assert set(Duties.TABLE) - OF_A_CELL <= set(Instrument.DUTIES)
