"""Run in a process that is looked at in place: loads the agent, and answers what is asked.

Executed in the namespace of ``in_place.py``, and so with its names, which that takes away again.
"""

# ruff: noqa: E402, F821, UP031
# mypy: ignore-errors

import json
from _thread import _count as count_threads
from importlib.machinery import ModuleSpec
from itertools import compress
from operator import not_

UNDISTURBED = 2.0
with open(FOLDER + "/orders", "rb") as STREAM:
    ORDERS = STREAM.read()
WANTED = 8 + int.from_bytes(ORDERS[:8], "big")
SOURCES = json.loads(ORDERS[8:WANTED])


class Memory:
    """What is asked and what is answered, as a connection: to read or write is to lose a turn."""

    def __init__(self, orders):
        self.orders = memoryview(orders)
        self.replies = []

    def recv_into(self, buffer):
        """Bytes of what is asked; none at the end."""
        part = self.orders[: len(buffer)]
        buffer[: len(part)] = part
        self.orders = self.orders[len(part) :]
        return len(part)

    def sendall(self, data):
        """Keep what is answered."""
        self.replies.append(data)


class Sources:
    """Finds the agent's modules among the sources that were sent."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        """The agent's own alone."""
        head, _, tail = name.partition(".")
        if head == "unknot_agent" and tail in SOURCES:
            return ModuleSpec(name, cls, is_package=not tail)
        return None

    @staticmethod
    def create_module(spec):
        """As usual."""
        return

    @staticmethod
    def exec_module(module):
        """Run the source that was sent."""
        name = module.__name__.partition(".")[2]
        module.__file__ = "<unknot_agent>/%s.py" % name
        exec(compile(SOURCES[name], "<%s>" % module.__name__, "exec"), module.__dict__)


sys.meta_path.insert(0, Sources)
if "ctypes" not in sys.modules:
    sys.modules["ctypes"] = None  # up to 3.11 it leaves types behind wherever it is loaded
from unknot_agent.channel import Channel
from unknot_agent.visitor import Visitor

PIPE = Memory(ORDERS[WANTED:])

if not SURVEY:
    pass
# From here on no other thread has a turn, so that objects, counts and references fit together. One
# that has asked for its turn has it first, and this one waits as long for its own.
sys.setswitchinterval(UNDISTURBED)
if count_threads():
    time.sleep(0)
ALL = gc.get_objects()
OWN = frozenset(map(id, gc.get_objects(generation=0)))
OBJECTS = list(compress(ALL, map(not_, map(OWN.__contains__, map(id, ALL)))))
ALL = None
COUNTS = list(map(sys.getrefcount, OBJECTS)) if SURVEY else []
PROBE = []
FACTS = {
    "overhead": next(map(sys.getrefcount, [PROBE])) - 1,
    "frozen": 0,
    "enabled": ENABLED,
}
Visitor(Channel(PIPE), OBJECTS, COUNTS, FACTS).serve()
OBJECTS = COUNTS = None
sys.setswitchinterval(INTERVAL)
with open(FOLDER + "/replies", "wb") as STREAM:
    STREAM.writelines(PIPE.replies)
