"""Runs in the forked copy of a process: releases its resources, loads the agent, and serves.

Executed in the namespace of ``visit.py``, whose names it uses. It never returns.
"""

# ruff: noqa: E402, F401, F821
# mypy: ignore-errors

import signal
from itertools import compress, count

UNCONNECTED = 120
NAMESPACE = globals()
MINE.update((id(MINE), id(NAMESPACE)))
MINE.update(map(id, gc.get_referrers(NAMESPACE)))  # since 3.11, exec makes a function
for NAME in NEW:
    MINE.update(map(id, (sys.modules[NAME], *gc.get_referents(sys.modules[NAME]))))
    MINE.update(map(id, vars(sys.modules[NAME]).values()))
FRAME = sys._getframe()
while FRAME is not None:
    if FRAME.f_globals is NAMESPACE:
        MINE.update(map(id, (FRAME, FRAME.f_code.co_consts, FRAME.f_code.co_names)))
    FRAME = FRAME.f_back
for AT in list(compress(count(), map(MINE.__contains__, map(id, OBJECTS))))[::-1]:
    del OBJECTS[AT], COUNTS[AT]
# Otherwise the process's sockets would stay open while the copy lives, and its handlers would run.
for NUMBER in range(1, signal.NSIG):
    try:
        signal.signal(NUMBER, signal.SIG_DFL)
    except (OSError, ValueError):
        pass
try:
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
except (OSError, ValueError):
    pass
signal.alarm(UNCONNECTED)
NULL = posix.open("/dev/null", posix.O_RDWR)
for NUMBER in (0, 1, 2):
    posix.dup2(NULL, NUMBER)
for NAME in posix.listdir("/proc/self/fd"):
    if int(NAME) > 2:
        try:
            posix.close(int(NAME))
        except OSError:  # the descriptor of the folder itself
            pass
try:  # if memory runs short, the copy should be killed
    with open("/proc/self/oom_score_adj", "w") as STREAM:
        STREAM.write("1000")
except OSError:
    pass
HOME = posix.fspath(sys.modules["os"].__file__).rpartition("/")[0]
sys.path[:] = [each for each in sys.path if each.startswith(HOME) and "-packages" not in each]
sys.setrecursionlimit(max(1000, sys.getrecursionlimit()))
# Otherwise what imports cache would appear as the process's own, and its finders would run.
CACHE, sys.path_importer_cache = sys.path_importer_cache, {}
BOOTSTRAP = sys.modules["_frozen_importlib"]
PATHS = sys.modules["_frozen_importlib_external"]
FINDERS = sys.meta_path
sys.meta_path = [BOOTSTRAP.BuiltinImporter, BOOTSTRAP.FrozenImporter, PATHS.PathFinder]
# A thread that was importing a module is not in the copy: an import here would wait for it forever.
BEGUN = {
    NAME: EACH
    for NAME, EACH in sys.modules.copy().items()
    if type(EACH) is type(sys)
    and getattr(vars(EACH).get("__spec__"), "_initializing", False) is True
}
for NAME in BEGUN:
    del sys.modules[NAME]
BOOTSTRAP._module_locks.clear()
import json
import socket

PIPE = socket.socket(socket.AF_UNIX)
PIPE.connect(FOLDER + "/socket")
signal.alarm(LIMIT)
HEARD = b""
WANTED = 8
while len(HEARD) < WANTED:
    PART = PIPE.recv(WANTED - len(HEARD))
    if not PART:
        posix._exit(0)
    HEARD += PART
    if len(HEARD) == 8:
        WANTED = 8 + int.from_bytes(HEARD, "big")
SOURCES = json.loads(HEARD[8:])


LOADER = {}
exec(compile(SOURCES["importer"], "<unknot>", "exec"), LOADER)
IMPORTER = LOADER["AgentImporter"](SOURCES)
sys.meta_path.insert(0, IMPORTER)
from array import array

from unknot_agent import failures, labels, survey, traits
from unknot_agent.channel import Channel
from unknot_agent.snapshot import COUNT
from unknot_agent.visitor import Visitor

sys.path_importer_cache = CACHE
sys.meta_path = FINDERS
sys.modules.update(BEGUN)
FACTS = {"frozen": FROZEN, "enabled": ENABLED}
Visitor(Channel(PIPE), OBJECTS, array(COUNT, COUNTS), FACTS).serve()
posix._exit(0)
