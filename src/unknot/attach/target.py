"""A running process as the system describes it: obstacles to a look, and their remedies."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unknot.errors import UsageError

__all__ = ["Target", "find_target"]

PROC = Path("/proc")
OLDEST, NEWEST = (3, 8), (3, 15)
SYS_PTRACE = 1 << 19
"""The capability to look into processes of others (``CAP_SYS_PTRACE``)."""
NAMED = re.compile(r"(?:lib)?python3\.(\d+)(t?)(?:d?)(?:\.so[.\d]*)?")
VERSION = re.compile(rb"\b(3\.\d{1,2})\.\d{1,2}(?:[abc]\d*|rc\d+)?\+?\x00")
STRICT, FILTERED = "1", "2"
"""The modes of seccomp in ``/proc/PID/status``."""
FORBIDDEN = 13
TRY = f"""
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
failed = libc.ptrace(0, 0, None, None)  # PTRACE_TRACEME
sys.exit({FORBIDDEN} if failed and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS) else 0)
"""
MUSL = "ld-musl-"
"""Prefix of musl's dynamic linker, which is also its C library."""
BLAS = "openblas"
"""The common part of the names of OpenBLAS libraries, including numpy's own copy."""
MOMENTS = 20
CONTAINER = "use `docker run --cap-add SYS_PTRACE`, or `kubectl debug --profile=sysadmin`"


@dataclass(frozen=True, slots=True)
class Target:
    """A CPython process that can be looked into."""

    pid: int
    version: tuple[int, int]
    owner: tuple[int, int]
    """Its user and group, as this process sees them."""
    executable: Path
    """Its path here, in the other process's root folder."""
    inner: int
    """Its number in its own PID namespace."""
    remote_debugging: bool
    """Whether neither its options nor its environment forbid ``sys.remote_exec``."""

    @property
    def root(self) -> Path:
        """The path here of the other process's root folder."""
        return PROC / str(self.pid) / "root"

    def ensure_forkable(self) -> None:
        """Raise :class:`~unknot.errors.UsageError` if a fork of the process might never return."""
        if any(BLAS in name for name in _mapped(self.pid)) and _computes_in_threads(self.pid):
            raise UsageError(
                f"process {self.pid} computes with OpenBLAS in several threads, which can block a "
                "fork for ever: look with --in-place, or start it with OPENBLAS_NUM_THREADS=1"
            )

    def is_alive(self) -> bool:
        status = _status(self.pid)
        return bool(status) and not status.get("State", "Z").startswith(("Z", "X"))


def find_target(pid: int) -> Target:
    """The process ``pid``, without touching it.

    Raises :class:`~unknot.errors.UsageError` if it cannot be looked into; the message says what
    to do about it.
    """
    if not (PROC / "self" / "status").exists():
        raise UsageError("processes can only be looked into on Linux, through /proc")
    status = _status(pid)
    if not status:
        raise UsageError(
            f"there is no process {pid} here; from outside a container, give the PID that the "
            "process has on the host (`docker top`, `pgrep -f`)"
        )
    if status["State"].startswith(("Z", "X")):
        raise UsageError(f"process {pid} has ended, and its parent has not waited for it")
    if status["State"].startswith(("T", "t")):
        raise UsageError(
            f"process {pid} is stopped, or a debugger holds it (TracerPid "
            f"{status.get('TracerPid', '0')}); continue it with `kill -CONT {pid}`, or end that one"
        )
    if pid == os.getpid():
        raise UsageError("this is the process itself; call `unknot.snapshot()` in it")
    _check_access(pid, status)
    version = _find_version(pid)
    return Target(
        pid=pid,
        version=version,
        owner=(int(status["Uid"].split()[1]), int(status["Gid"].split()[1])),
        executable=PROC / str(pid) / "exe",
        inner=int(status.get("NSpid", str(pid)).split()[-1]),
        remote_debugging=_allows_remote_debugging(pid),
    )


def _status(pid: int) -> Mapping[str, str]:
    try:
        lines = (PROC / str(pid) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _check_access(pid: int, status: Mapping[str, str]) -> None:
    """Check that the system lets this process look into that one."""
    mine = _status(os.getpid())
    may_all = bool(int(mine.get("CapEff", "0"), 16) & SYS_PTRACE)
    user = int(status["Uid"].split()[1])
    if user != os.geteuid() and not may_all:
        raise UsageError(
            f"process {pid} belongs to user {user}, and this is user {os.geteuid()}: run unknot as "
            f"that user or as root (`sudo -u '#{user}' …`); in a container, {CONTAINER}"
        )
    _check_seccomp(pid, mine, status)
    scope = _first_number(PROC / "sys/kernel/yama/ptrace_scope")
    if scope == 3:
        raise UsageError(
            "this system allows no process to trace another (kernel.yama.ptrace_scope is 3) until "
            "it is rebooted with another setting"
        )
    if scope and not may_all:
        raise UsageError(
            f"this system allows a process to trace its own children only (ptrace_scope is {scope})"
            ": run unknot as root, or `sudo sysctl kernel.yama.ptrace_scope=0`; in a container, "
            f"{CONTAINER}"
        )
    try:
        list((PROC / str(pid) / "fd").iterdir())
        (PROC / str(pid) / "exe").readlink()
    except OSError as error:
        raise UsageError(
            f"process {pid} cannot be looked into: {error.strerror}; run unknot as root, and in a "
            f"container, {CONTAINER}"
        ) from None
    if status.get("TracerPid", "0") != "0":
        raise UsageError(
            f"process {pid} is traced by process {status['TracerPid']}, a debugger or strace; end "
            "that first, because only one can trace it at a time"
        )


def _check_seccomp(pid: int, mine: Mapping[str, str], status: Mapping[str, str]) -> None:
    """Check that the system calls needed for a look are allowed, here and there."""
    if status.get("Seccomp") == STRICT:
        raise UsageError(
            f"process {pid} runs in strict seccomp mode, which allows only reading and writing: it "
            "can neither fork nor answer; run it without, or use tracemalloc inside it"
        )
    if mine.get("Seccomp") == FILTERED and not _may_trace():
        raise UsageError(
            "a seccomp filter forbids this process to look into others: start the container with "
            "`--cap-add SYS_PTRACE` or `--security-opt seccomp=unconfined`, or run unknot outside "
            "it, with the PID that the process has on the host"
        )


def _may_trace() -> bool:
    """Whether ``ptrace`` is allowed at all, tried by a child of this process."""
    trying = subprocess.run([sys.executable, "-I", "-S", "-c", TRY], timeout=30, check=False)
    return trying.returncode != FORBIDDEN


def _find_version(pid: int) -> tuple[int, int]:
    """The version of CPython that the process runs, from the names of its mapped files."""
    names = _mapped(pid)
    if any("pypy" in name for name in names):
        raise UsageError(f"process {pid} runs PyPy, which counts no references; use CPython")
    if any(name.startswith(MUSL) for name in names) or MUSL.encode() in _head(pid):
        raise UsageError(
            f"process {pid} is linked against musl (Alpine), with which attaching has never been "
            "tested: call `unknot.snapshot()` inside it, or run the program in an image with "
            "glibc, such as python:3-slim"
        )
    found = [match for match in map(NAMED.fullmatch, names) if match is not None]
    if not found:
        raise UsageError(
            f"process {pid} is not a CPython that unknot recognises: neither its executable nor a "
            "library that it loaded is named python3.N; if Python is embedded in the program, call "
            "`unknot.snapshot()` inside it"
        )
    if any(match[2] for match in found):
        raise UsageError(
            f"process {pid} runs a free-threaded build, whose deferred reference counts do not "
            "show what holds an object; use a build with the GIL"
        )
    version = (3, int(found[0][1]))
    if not OLDEST <= version <= NEWEST:
        known = f"3.{OLDEST[1]} to 3.{NEWEST[1]}"
        raise UsageError(f"process {pid} runs Python 3.{version[1]}; unknot knows {known}")
    return version


def _head(pid: int) -> bytes:
    """The start of the program's file, which names its dynamic linker."""
    try:
        with (PROC / str(pid) / "exe").open("rb") as stream:
            return stream.read(4096)
    except OSError:
        return b""


def _computes_in_threads(pid: int) -> bool:
    """Whether at least two threads run, and OpenBLAS may use several."""
    try:
        setting = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        setting = []
    if b"OPENBLAS_NUM_THREADS=1" in setting:
        return False
    return any(_count_running(pid, moment) > 1 for moment in range(MOMENTS))


def _count_running(pid: int, moment: int) -> int:
    """Number of threads that run or wait for a core; from the second ``moment`` on, a bit later."""
    time.sleep(0.005 * bool(moment))
    found = 0
    for path in (PROC / str(pid) / "task").glob("*/stat"):
        with contextlib.suppress(OSError, IndexError):
            found += path.read_text("utf-8", "replace").rpartition(")")[2].split()[0] == "R"
    return found


def _mapped(pid: int) -> list[str]:
    """The names of the files that the process has mapped, its program first."""
    folder = PROC / str(pid)
    names = [(folder / "exe").readlink().name.removesuffix(" (deleted)")]
    try:
        maps = (folder / "maps").read_text("utf-8", "replace").splitlines()
    except OSError:
        maps = []
    for line in maps:
        parts = line.split(None, 5)
        if len(parts) == 6 and parts[5].startswith("/"):
            names.append(Path(parts[5].removesuffix(" (deleted)")).name)
    return list(dict.fromkeys(names))


def _allows_remote_debugging(pid: int) -> bool:
    folder = PROC / str(pid)
    try:
        words = (folder / "cmdline").read_bytes().split(b"\0")
        setting = (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    disabled = any(
        b"disable-remote-debug" in word or b"disable_remote_debug" in word for word in words
    )
    return not disabled and not any(
        one.startswith(b"PYTHON_DISABLE_REMOTE_DEBUG=") for one in setting
    )


def _first_number(path: Path) -> int:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
