"""Run inside a process that already runs: looks at it in place, without a fork, and is gone.

The first line, which is written in front of this text, sets ``FOLDER``, which has the agent's
sources and what is asked in ``orders`` and gets the answers in ``replies``; ``COLLECT``, whether to
collect first; and ``SURVEY``, whether reference counts are asked for. The process stands still all
the time, and says in ``said`` how long.

To freeze and to thaw makes all objects old. So those made from then on, the agent and what it
imports, are known, and collected afterwards with the youngest generation: the process's garbage
stays, and no code of its own runs. What the process has frozen itself would be thawed: then it
refuses.

Python 3.8 and newer.
"""

# ruff: noqa: E402, F821, UP031
# mypy: ignore-errors

NEW = [name for name in ("gc", "posix", "sys", "time") if name not in __import__("sys").modules]
import gc
import posix
import sys
import time

SAID = ""
ENABLED = gc.isenabled()
try:  # two ways may both lead here, the first of them late
    posix.mkdir(FOLDER + "/begun")
    FIRST = True
except OSError:
    FIRST = False
if FIRST:
    INTERVAL = sys.getswitchinterval()
    try:
        if "t" in getattr(sys, "abiflags", ""):
            raise RuntimeError("a free-threaded build, whose reference counts are deferred")
        if gc.get_freeze_count():
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
            FINDER = globals().get("Sources")
            sys.meta_path[:] = [each for each in sys.meta_path if each is not FINDER]
            for NAME in [name for name in sys.modules if name not in MODULES]:
                FILE = getattr(sys.modules[NAME], "__file__", None)
                if FILE and FILE.endswith(".so"):
                    continue  # which cannot be unloaded, and would leave more when it comes again
                PARENT, _, TAIL = NAME.rpartition(".")
                if PARENT in MODULES and TAIL in vars(MODULES[PARENT]):
                    delattr(MODULES[PARENT], TAIL)
                del sys.modules[NAME]
            for NAME in getattr(sys.modules.get("typing"), "_cleanups", ()):
                NAME()  # caches, that would keep classes of the agent's
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
