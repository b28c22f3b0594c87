"""A result while it grows: on disk after each cell, so that nothing can lose what is measured."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from unknot import report
from unknot.cli.signals import shielded
from unknot.errors import UsageError
from unknot.records import Result, encode_result

__all__ = ["Draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The file that a command's result goes to, if there is to be one."""

    output: Path | None
    result: Callable[[], Result]
    """What is measured so far."""

    def begin(self) -> None:
        """Replace an older result: if nothing is measured, it must not be judged as this one."""
        if self.output is not None and report.is_replaceable(self.output):
            try:
                self._write_unfinished(self.output)
            except UsageError:  # as on a full disk
                with suppress(UsageError):
                    report.remove(Path(os.path.realpath(self.output)))

    def save(self) -> None:
        """Replace the file by one with what is measured so far, which says that it is not whole.

        What can be written only once is written by ``finish``, and so is why nothing can be.
        """
        if self.output is not None and report.is_replaceable(self.output):
            with suppress(UsageError):
                self._write_unfinished(self.output)

    def finish(self) -> None:
        """Write it for the last time. Raises :class:`~unknot.errors.UsageError`."""
        if self.output is not None:
            self._write(self.output, self.result())

    def _write_unfinished(self, output: Path) -> None:
        self._write(output, structs.replace(self.result(), interrupted=True))

    def _write(self, output: Path, result: Result) -> None:
        with shielded():
            report.replace(output, encode_result(result))
