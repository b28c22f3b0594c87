"""``python -m bench.page`` measures a page in a browser."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.once


def test_the_benchmark_prints_the_figures_of_the_page_asked_for(browser: Browser) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.page", "small", "--visits", "1"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    heading, figures, targets = done.stdout.splitlines()
    assert heading.split() == ["drawing", "writing", "size", "elements", "shown"]
    assert figures.split()[0] == "small"
    assert targets.startswith("Targets: ")
    assert done.stderr == ""
