"""Full disks, missing folders, low limits, and hostile names."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.faults.results import measured
from bench.faults.trial import UNKNOT, Ended, Outcome, Trial, find_nothing

__all__ = ["files_and_limits"]

QUICK = ("-n", "80", "--rounds", "4", "--warmup", "8", "-q")
RUN = ("run", "w.py", *QUICK)

FINE = (0,)
WRONG_USE = (2,)
EITHER = (0, 2, 3)

MOUNT = "mkdir mounted && mount -t tmpfs -o {options} tmpfs mounted && {then}"
FULL = MOUNT.format(options="size=64k", then="head -c 1M /dev/zero > mounted/filler; true")
READ_ONLY = MOUNT.format(options="ro", then="true")

NAMES = (
    "new\nline",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "::error::injected",
    "line\n::error::injected",
    "a b",
    "ü",
    "\udcff",
    "$(touch injected)",
    "%s{}[red]",
    "x" * 250,
    "\u202egpj",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A command, and the fault around it."""

    name: str
    arguments: Sequence[str]
    codes: Sequence[int]
    before: str = ""
    to: str = ""
    mount: str = ""
    """Shell commands run in the command's own mount namespace."""
    lost: Callable[[Ended], str] = find_nothing


def says(text: bytes) -> Callable[[Ended], str]:
    """Text that the output must contain."""
    return lambda ended: "" if text in ended.said else f"{text.decode()!r} is not said"


def writes(name: str) -> Callable[[Ended], str]:
    """Files that must exist."""
    return lambda ended: "" if (ended.folder / name).exists() else f"{name!r} is not there"


FAULTS = (
    Fault(name="standard output is full", arguments=RUN, codes=WRONG_USE, to=">/dev/full"),
    Fault(name="standard error is full", arguments=RUN, codes=FINE, to="2>/dev/full"),
    Fault(name="standard output is closed", arguments=RUN, codes=(0, 2), to=">&-"),
    Fault(name="all streams are closed", arguments=RUN, codes=(0, 2), to="<&- >&- 2>&-"),
    Fault(
        name="the output device is full",
        arguments=(*RUN, "-o", "/dev/full"),
        codes=WRONG_USE,
        lost=says(b": clean"),
    ),
    Fault(
        name="the output disk is full",
        arguments=(*RUN, "-o", "mounted/result.json"),
        codes=WRONG_USE,
        mount=FULL,
    ),
    Fault(
        name="the output folder is read-only",
        arguments=(*RUN, "-o", "mounted/result.json"),
        codes=WRONG_USE,
        mount=READ_ONLY,
    ),
    Fault(
        name="the output folder is a file", arguments=(*RUN, "-o", "w.py/r.json"), codes=WRONG_USE
    ),
    Fault(name="the output is a folder", arguments=(*RUN, "-o", "."), codes=WRONG_USE),
    Fault(
        name="the output folder is missing",
        arguments=(*RUN, "-o", "new/folder/r.json"),
        codes=FINE,
        lost=writes("new/folder/r.json"),
    ),
    Fault(name="TMPDIR is missing", arguments=RUN, codes=FINE, before="export TMPDIR=$PWD/missing"),
    Fault(
        name="TMPDIR has a long name",
        arguments=RUN,
        codes=FINE,
        before=f"mkdir {'y' * 120}; export TMPDIR=$PWD/{'y' * 120}",
    ),
    Fault(
        name="TMPDIR is full",
        arguments=RUN,
        codes=EITHER,
        mount=f"{FULL}; export TMPDIR=$PWD/mounted",
    ),
    Fault(
        name="TMPDIR is read-only",
        arguments=RUN,
        codes=EITHER,
        mount=f"{READ_ONLY}; export TMPDIR=$PWD/mounted",
    ),
    Fault(
        name="the cache is a file",
        arguments=(*RUN, "--with", "click"),
        codes=WRONG_USE,
        before="export UNKNOT_CACHE=$PWD/w.py",
    ),
    Fault(
        name="the cache is full",
        arguments=(*RUN, "--with", "./project"),
        codes=WRONG_USE,
        mount=f"{FULL}; mkdir project; echo > project/setup.py; export UNKNOT_CACHE=$PWD/mounted",
    ),
    Fault(
        name="there is no home",
        arguments=RUN,
        codes=FINE,
        before="unset HOME UNKNOT_CACHE XDG_CACHE_HOME",
    ),
    Fault(name="the workload is missing", arguments=("run", "absent.py"), codes=WRONG_USE),
    Fault(name="the result is missing", arguments=("check", "absent.json"), codes=WRONG_USE),
    Fault(name="the result is a folder", arguments=("check", "."), codes=WRONG_USE),
    Fault(name="the result is empty", arguments=("check", "/dev/null"), codes=WRONG_USE),
    Fault(
        name="the result is a pipe without a writer",
        arguments=("check", "pipe"),
        codes=WRONG_USE,
        before="mkfifo pipe",
    ),
    Fault(
        name="the configuration is a pipe without a writer",
        arguments=("check", "made.json", "--config", "pipe"),
        codes=WRONG_USE,
        before="mkfifo pipe",
    ),
    Fault(
        name="the baseline is missing",
        arguments=("check", "made.json", "--baseline", "absent.json"),
        codes=(1, 2),
    ),
    Fault(
        name="the export's device is full",
        arguments=("check", "made.json", "--junit", "/dev/full"),
        codes=WRONG_USE,
    ),
    Fault(
        name="the page's folder is a file",
        arguments=("report", "made.json", "-o", "w.py/page"),
        codes=WRONG_USE,
    ),
    Fault(
        name="a credential is in a requirement",
        arguments=(*RUN, "--with", "pkg @ http://bob:T0KEN@127.0.0.1:9/pkg-1-py3-none-any.whl"),
        codes=(2, 3),
        before="export UNKNOT_CACHE=$PWD/cache",
        lost=lambda ended: "the credential is said" if b"T0KEN" in ended.said else "",
    ),
)


def files_and_limits(folder: Path, random: Random, times: int) -> Iterator[Trial | Outcome]:
    """Each fault ``times`` times, with new random limits."""
    (folder / "w.py").write_text("def op(): pass\n")
    made = measured(folder / "w.py")
    can_mount = _succeeds(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
    for number in range(times):
        names = random.sample(NAMES, 3) if times == 1 else NAMES
        faults = [*FAULTS, *_limits(random), *_names(names)]
        for place, fault in enumerate(faults):
            if fault.mount and not can_mount:
                yield Outcome(fault=fault.name, skipped="needs to mount a disk")
            else:
                yield _trial(folder / f"{number}-{place}", fault, made)


def _trial(place: Path, fault: Fault, made: bytes) -> Trial:
    place.mkdir()
    (place / "w.py").write_text("def op(): pass\n")
    (place / "made.json").write_bytes(made)
    command = [*UNKNOT, *fault.arguments]
    if fault.mount:
        inside = f'{fault.mount}\nexec "$@"'
        command = ["unshare", "--mount", "bash", "-c", inside, "bash", *command]
    return Trial(
        fault=fault.name,
        folder=place,
        command=command,
        codes=fault.codes,
        before=fault.before,
        to=fault.to,
        lost=fault.lost,
    )


def _limits(random: Random) -> Iterator[Fault]:
    """Limits of descriptors, file sizes and memory. Root has no limit of processes."""
    given = {
        "n": ("open files", [8, 10, 12, 16, random.randrange(6, 40)]),
        "f": ("file size", [0, 1, random.randrange(2, 40)]),
        "v": ("memory", [random.randrange(400_000, 3_000_000)]),
        "u": ("processes", [random.randrange(1, 20)]),
    }
    if os.geteuid() == 0:
        del given["u"]
    for letter, (name, values) in given.items():
        for value in values:
            yield Fault(
                name=f"a low limit of {name}",
                arguments=(*RUN, "-o", "result.json"),
                codes=EITHER,
                before=f"ulimit -{letter} {value}",
            )


def _names(names: Sequence[str]) -> Iterator[Fault]:
    """Hostile names for everything that can be named; their contents must have no effect."""
    for name in names:
        yield Fault(
            name="a workload has a hostile name",
            arguments=("run", f"{name}.py", *QUICK),
            codes=(0, 2),
            before=f"cp w.py {shlex.quote(name)}.py",
        )
        yield Fault(
            name="an output has a hostile name",
            arguments=(*RUN, "-o", f"{name}.json"),
            codes=(0, 2),
        )
        for option in ("--with", "--python"):
            yield Fault(
                name=f"{option} has a hostile value",
                arguments=(*RUN, f"{option}={name}"),
                codes=WRONG_USE,
            )


def _succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
