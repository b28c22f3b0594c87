"""Runs inside a running process: looks at it, and leaves no trace.

A line prepended to this text sets ``FOLDER``, which contains ``LOOK``, the name of the program that
looks: ``forking.py`` or ``in_place.py``; ``COLLECT``, whether to collect first; and what that
program needs. It runs in this namespace, with the collector off, and sets ``BEGAN``, the start of
the pause. Afterwards the file ``said`` contains the length of the pause, or what failed.

The namespace is discarded, modules imported here are removed again, and no function or class is
defined, so reference counting frees everything at the end.

Python 3.8 and newer.
"""

# ruff: noqa: E402, F821, UP031
# mypy: ignore-errors

NEW = [name for name in ("gc", "posix", "sys", "time") if name not in __import__("sys").modules]
import gc
import posix
import sys
import time

# CPython 3.12 itself freezes 375 tuples when it starts; a program would freeze thousands.
STARTUP = 1000 if sys.version_info[:2] == (3, 12) else 0
ENABLED = gc.isenabled()
try:  # this may run twice, if one way to inject it was slow and a second one was tried
    posix.mkdir(FOLDER + "/begun")
    FIRST = True
except OSError:
    FIRST = False
if FIRST:
    try:
        if "t" in getattr(sys, "abiflags", ""):
            raise RuntimeError("a free-threaded build, whose reference counts are deferred")
        if LOOK == "in_place.py" and gc.get_freeze_count() > STARTUP:
            raise RuntimeError("it has frozen objects (gc.freeze); look without --in-place")
        with open(FOLDER + "/" + LOOK, "rb") as STREAM:
            CODE = STREAM.read()  # not compiled: compile() leaves the types of ``ast`` behind
        STREAM = None  # it would be among the objects
        if COLLECT:
            gc.collect()
        gc.disable()
        exec(CODE)
        SAID = "paused %.9f" % (time.perf_counter() - BEGAN)
    except BaseException as error:
        SAID = "failed %s: %s" % (type(error).__name__, error)
    if ENABLED:
        gc.enable()
    try:
        FILE = posix.open(FOLDER + "/said.new", posix.O_WRONLY | posix.O_CREAT, 0o600)
        posix.write(FILE, SAID.encode("utf-8", "replace"))
        posix.close(FILE)
        posix.rename(FOLDER + "/said.new", FOLDER + "/said")
    except BaseException:
        pass
for EACH in NEW:
    sys.modules.pop(EACH, None)
