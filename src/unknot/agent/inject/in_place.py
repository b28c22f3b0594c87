"""Runs inside a running process: inspects it in place, without a fork, and leaves no trace.

A line prepended to this text sets ``FOLDER``, in which ``orders`` contains the agent's sources and
the questions, ``replies`` gets the answers, and ``said`` the length of the pause; ``COLLECT``,
whether to collect first; and ``SURVEY``, whether reference counts are needed. The process is paused
throughout.

``gc.freeze`` and ``gc.unfreeze`` move all objects to the oldest generation. Objects made later, by
the agent and what it imports, are then recognised by their generation, and collecting the youngest
one frees them, while the process's garbage stays and none of its code runs. Objects that the
process has frozen would be unfrozen, so such a process is refused.

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
SAID = ""
ENABLED = gc.isenabled()
try:  # this may run twice, if one way to inject it was slow and a second one was tried
    posix.mkdir(FOLDER + "/begun")
    FIRST = True
except OSError:
    FIRST = False
if FIRST:
    INTERVAL = sys.getswitchinterval()
    try:
        if "t" in getattr(sys, "abiflags", ""):
            raise RuntimeError("a free-threaded build, whose reference counts are deferred")
        if gc.get_freeze_count() > STARTUP:
            raise RuntimeError("it has frozen objects (gc.freeze); look without --in-place")
        if COLLECT:
            gc.collect()
        gc.disable()
        BEGAN = time.perf_counter()
        gc.freeze()
        gc.unfreeze()
        MODULES = dict(sys.modules)
        FINDERS, sys.path_importer_cache = sys.path_importer_cache, {}
        NAMES = None
        NAMES = set(globals())
        try:
            with open(FOLDER + "/within.py", "rb") as STREAM:
                exec(compile(STREAM.read(), "<unknot>", "exec"))
        finally:
            sys.setswitchinterval(INTERVAL)
            sys.path_importer_cache = FINDERS
            FINDER = globals().get("IMPORTER")
            sys.meta_path[:] = [each for each in sys.meta_path if each is not FINDER]
            for NAME in [name for name in sys.modules if name not in MODULES]:
                FILE = getattr(sys.modules[NAME], "__file__", None)
                if FILE and FILE.endswith(".so") and sys.version_info < (3, 13):
                    continue  # cannot be unloaded, and importing it again would leave more behind
                PARENT, _, TAIL = NAME.rpartition(".")
                if PARENT in MODULES and TAIL in vars(MODULES[PARENT]):
                    delattr(MODULES[PARENT], TAIL)
                del sys.modules[NAME]
            for NAME in getattr(sys.modules.get("typing"), "_cleanups", ()):
                NAME()  # the caches would keep classes of the agent
            MODULES = FINDERS = None
            for NAME in [name for name in globals() if name not in NAMES]:
                del globals()[NAME]
            FINDER = STREAM = FILE = PARENT = TAIL = NAME = _ = NAMES = None
            CALLBACKS, DEBUG = gc.callbacks[:], gc.get_debug()
            gc.callbacks.clear()
            gc.set_debug(0)
            gc.collect(0)
            gc.callbacks[:] = CALLBACKS
            gc.set_debug(DEBUG)
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
