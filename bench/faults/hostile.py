"""Hostile workloads; each is an error of its cell, or does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from bench.faults.trial import UNKNOT, Trial

__all__ = ["hostile_workloads"]

QUICK = ("-n", "80", "--rounds", "4", "--warmup", "8", "-q")

PRELUDE = """
import atexit, ctypes, gc, json, os, signal, socket, struct, subprocess, sys, threading, time
count = 0
kept = []
def sockets():
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):
                yield number
        except OSError:
            pass
def write(noise):
    for number in sockets():
        os.write(number, noise)
def framed(message):
    text = json.dumps(message).encode()
    return struct.pack("!I", len(text)) + text
"""

ONCE = """
def op():
    global count
    count += 1
    if count == MOMENT:
        ATTACK
"""

UNMEASURABLE = (3,)
FINE = (0,)

ATTACKS: dict[str, tuple[tuple[int, ...], str]] = {
    "raises late": (UNMEASURABLE, "1 / 0"),
    "raises what has no text": (
        UNMEASURABLE,
        "e = SyntaxError('x'); e.lineno = 1; e.text = 5; raise e",
    ),
    "raises 50 MB of text": (UNMEASURABLE, "raise ValueError('x' * 50_000_000)"),
    "raises escape sequences": (
        UNMEASURABLE,
        "raise ValueError('\\x1b]0;title\\x07\\n::error::injected')",
    ),
    "ends its process": (UNMEASURABLE, "os._exit(0)"),
    "calls sys.exit": (UNMEASURABLE, "sys.exit(0)"),
    "crashes": (UNMEASURABLE, "ctypes.string_at(0)"),
    "kills its parent": (UNMEASURABLE, "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)"),
    "closes all descriptors": (UNMEASURABLE, "os.closerange(0, 1000)"),
    "closes standard streams": (FINE, "os.closerange(0, 3)"),
    "hangs": ((124,), "time.sleep(600)"),
    "forges a message": (
        UNMEASURABLE,
        "write(framed({'schema': 1, 'settled': True, 'attachments': []}))",
    ),
    "announces a huge message": (UNMEASURABLE, "write(struct.pack('!I', 0xffffffff))"),
    "announces huge attachments": (
        UNMEASURABLE,
        "write(framed({'schema': 1, 'token': '', 'attachments': [10**18]}))",
    ),
    "sends nested JSON": (UNMEASURABLE, "write(struct.pack('!I', 9000) + b'[' * 9000)"),
    "sends noise": (UNMEASURABLE, "write(NOISE)"),
    "prints what is not text": (FINE, "os.write(1, NOISE + b'\\x1b]0;x\\x07\\n::error::x\\n')"),
    "prints 5 MB": (FINE, "print('x' * 5_000_000)"),
    "leaves a process": (
        FINE,
        "subprocess.Popen(['sleep', '600'], env={}, start_new_session=True)",
    ),
    "leaves a process that forked twice": (
        FINE,
        "os.fork() or (os.setsid(), os.fork() and os._exit(0),"
        " os.execvp('sleep', ['sleep', '600']))",
    ),
    "forks a child that raises": (FINE, "if os.fork() == 0: raise ValueError"),
    "ignores signals": (FINE, "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]"),
    "never ends at exit": (FINE, "atexit.register(time.sleep, 600)"),
    "has threads that compute": (
        FINE,
        "[threading.Thread(target=exec, args=('while True: pass',), daemon=True).start()"
        " for _ in 'ab']",
    ),
}
"""What one operation does, and the expected exit codes."""

PATCHED = """
gc.collect = lambda *_: 0
gc.get_objects = lambda *_, **__: []
gc.get_referents = lambda *_: []
class Node: pass
def op():
    node = Node()
    node.me = node
"""


def hostile_workloads(folder: Path, random: Random, times: int) -> Iterator[Trial]:
    """Each attack, ``times`` times, in a random operation."""
    for number in range(times):
        for name, (codes, attack) in ATTACKS.items():
            # Late enough to be in the measured stages, unless the first operation tells more.
            moment = random.choice((1, random.randrange(10, 100)))
            text = PRELUDE + ONCE.replace("MOMENT", str(moment)).replace("ATTACK", attack)
            text = text.replace("NOISE", repr(random.randbytes(64)))
            yield _trial(folder, f"{name}-{number}", f"a workload {name}", text, codes)
        text = PRELUDE + PATCHED
        yield _trial(folder, f"patches-{number}", "a workload patches gc", text, (1, 3))


def _trial(folder: Path, name: str, fault: str, text: str, codes: tuple[int, ...]) -> Trial:
    place = folder / name.replace(" ", "-")
    place.mkdir()
    (place / "w.py").write_text(text)
    limit = ("--time-limit", "4") if "hangs" in name else ("--time-limit", "40")
    return Trial(
        fault=fault,
        folder=place,
        command=[*UNKNOT, "run", "w.py", *QUICK, *limit, "-o", "result.json"],
        codes=codes,
    )
