"""What every test shares: hypothesis without deadlines, and without chance in CI; signals, and an
environment that says nothing of a terminal or of GitHub."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A loaded machine is slow, not wrong; a failure in CI has to fail again on the next run.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
HANDLERS = {number: signal.getsignal(number) for number in ENDING}
# Under nohup, and in the background of a script, SIGHUP and SIGINT are ignored from the start.
for number, handler in HANDLERS.items():
    if handler is signal.SIG_IGN:
        is_interrupt = number == signal.SIGINT
        HANDLERS[number] = signal.default_int_handler if is_interrupt else signal.SIG_DFL

SHOWING = {
    "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"
}  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For ``-n logical``: more than there are processors, as tests also wait for processes."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_sessionstart() -> None:
    """Tests and the programs they start find none of these; a test that is about one sets it."""
    for name in SHOWING | {name for name in os.environ if name.startswith("GITHUB_")}:
        os.environ.pop(name, None)


def _with_own_handlers() -> Iterator[None]:
    """A command that ran in this process ignores signals at its end, and what a process ignores,
    those it starts ignore too: a later test would wait for ever for one that it interrupts."""
    _put_handlers_back()
    try:
        yield
    finally:
        _put_handlers_back()


def _put_handlers_back() -> None:
    for number, handler in HANDLERS.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    yield from _with_own_handlers()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    yield from _with_own_handlers()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    yield from _with_own_handlers()
