"""Runs inside a running process: forks a copy of it that answers questions.

Executed in the namespace of ``visit.py``, whose names it uses, like ``forked_copy.py``, which the
copy runs. The copy connects to the ``socket`` in ``FOLDER``, and exits after ``LIMIT`` seconds.

The process is paused for the fork and until its child, which forks the copy, has exited. The copy
is thus not a child of the process, and there is no process to wait for. Hooks of
``os.register_at_fork`` do not run: meanwhile the interpreter's three lists of hooks are empty. They
are found as the holders of a hook registered here. The collector is off meanwhile, and in the copy
permanently, because what it finalizes, such as a temporary folder, may belong to the process.
"""

# ruff: noqa: F821
# mypy: ignore-errors

BEGAN = time.perf_counter()
HOOK = gc.isenabled
posix.register_at_fork(before=HOOK, after_in_parent=HOOK, after_in_child=HOOK)
LISTS = [each for each in gc.get_referrers(HOOK) if type(each) is list and each[-1] is HOOK]
HOOKS = [each[:-1] for each in LISTS]
for EACH in LISTS:
    EACH.clear()
# Since 3.12 a fork in a process with threads warns in the parent, after the child exists.
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
    except ChildProcessError:  # another thread waits for any child
        STATUS = 0
    if STATUS:
        raise OSError("the system refuses to fork: no memory, or too many processes")
else:
    try:
        if posix.fork():
            posix._exit(0)
        posix.setsid()
        # What follows runs only in the copy. Objects and reference counts are listed first,
        # before anything changes them.
        EACH = KEPT = None
        MINE = {id(LISTS), id(HOOKS)}
        MINE.update(id(each) for each, kept in zip(LISTS, HOOKS) if not kept)
        LISTS.clear()
        HOOKS.clear()
        FROZEN = gc.get_freeze_count()
        gc.unfreeze()
        OBJECTS = gc.get_objects()
        COUNTS = list(map(sys.getrefcount, OBJECTS))
        with open(FOLDER + "/forked_copy.py", "rb") as STREAM:
            exec(compile(STREAM.read(), "<unknot>", "exec"))
    finally:
        posix._exit(1)
