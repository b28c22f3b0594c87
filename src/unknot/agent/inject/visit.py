"""Run inside a process that already runs: forks a copy of it that answers for it, and is gone.

The first line, which is written in front of this text, sets ``FOLDER``, where ``socket`` is that
the copy connects to and ``said`` is where the process says how long it stood still; ``LIMIT``,
seconds after which the copy ends; and ``COLLECT``, whether to collect first. The names are
those of a namespace that is thrown away, nothing is imported that was not there, and no function
or class is defined, so reference counting frees all of it when it ends.

The process stands still for the fork, and until its child, which forks the copy, has ended: so the
copy is nobody's child, and no process is left to be waited for. No hook of ``os.register_at_fork``
runs: for that moment the interpreter's three lists of hooks are empty. They are found as what holds
a hook that was just registered. The collector is off meanwhile, in the copy for good: what it
finalizes there, as a temporary folder, may be the process's.

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
try:
    if not FIRST:
        raise FileExistsError("it was run before")
    if "t" in getattr(sys, "abiflags", ""):
        raise RuntimeError("a free-threaded build, whose reference counts are deferred")
    if COLLECT:
        gc.collect()
    gc.disable()
    BEGAN = time.perf_counter()
    HOOK = gc.isenabled
    posix.register_at_fork(before=HOOK, after_in_parent=HOOK, after_in_child=HOOK)
    LISTS = [each for each in gc.get_referrers(HOOK) if type(each) is list and each[-1] is HOOK]
    HOOKS = [each[:-1] for each in LISTS]
    for EACH in LISTS:
        EACH.clear()
    # Since 3.12 a fork beside threads warns, in the parent, of a child that is there already.
    FILTERS = getattr(sys.modules.get("warnings"), "filters", [])
    QUIET = ("ignore", None, DeprecationWarning, None, 0)
    FILTERS.insert(0, QUIET)
    try:
        CHILD = posix.fork()
    except BaseException:
        CHILD = -1
    FILTERS.remove(QUIET)
    if CHILD != 0:
        for EACH, KEPT in zip(LISTS, HOOKS):
            EACH[:] = KEPT
        if CHILD == -1:
            raise OSError("the system refuses to fork: no memory, or too many processes")
        try:
            STATUS = posix.waitpid(CHILD, 0)[1]
        except ChildProcessError:  # somebody here waits for any child
            STATUS = 0
        if STATUS:
            raise OSError("the system refuses to fork: no memory, or too many processes")
        SAID = "paused %.9f" % (time.perf_counter() - BEGAN)
    else:
        try:
            if posix.fork():
                posix._exit(0)
            posix.setsid()
            # What follows runs in the copy alone, and may do what it likes, but for one thing: the
            # objects and their reference counts come first.
            EACH = KEPT = None
            MINE = {id(LISTS), id(HOOKS)}
            MINE.update(id(each) for each, kept in zip(LISTS, HOOKS) if not kept)
            LISTS.clear()
            HOOKS.clear()
            FROZEN = gc.get_freeze_count()
            gc.unfreeze()
            OBJECTS = gc.get_objects()
            COUNTS = list(map(sys.getrefcount, OBJECTS))
            with open(FOLDER + "/aboard.py", "rb") as STREAM:
                exec(compile(STREAM.read(), "<unknot>", "exec"))
        finally:
            posix._exit(1)
except BaseException as error:
    SAID = "failed %s: %s" % (type(error).__name__, error)
if ENABLED:
    gc.enable()
try:
    if not FIRST:
        raise FileExistsError("it was run before")
    FILE = posix.open(FOLDER + "/said.new", posix.O_WRONLY | posix.O_CREAT, 0o600)
    posix.write(FILE, SAID.encode("utf-8", "replace"))
    posix.close(FILE)
    posix.rename(FOLDER + "/said.new", FOLDER + "/said")
except BaseException:
    pass
for EACH in NEW:
    sys.modules.pop(EACH, None)
