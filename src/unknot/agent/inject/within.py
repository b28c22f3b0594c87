"""Runs in a process inspected in place: loads the agent and answers the questions.

Executed in the namespace of ``in_place.py``, whose names it uses, and which removes its names.
"""

# ruff: noqa: E402, F821
# mypy: ignore-errors

import json
from _thread import _count as count_threads
from array import array

UNDISTURBED = 5.0
with open(FOLDER + "/orders", "rb") as STREAM:
    ORDERS = STREAM.read()
WANTED = 8 + int.from_bytes(ORDERS[:8], "big")
SOURCES = json.loads(ORDERS[8:WANTED])


class Memory:
    """A connection that reads the questions from memory and keeps the replies.

    Real input or output would release the GIL.
    """

    def __init__(self, orders):
        self.orders = memoryview(orders)
        self.replies = []

    def recv_into(self, buffer):
        """Copy the next bytes of the questions; returns their number, 0 at the end."""
        part = self.orders[: len(buffer)]
        buffer[: len(part)] = part
        self.orders = self.orders[len(part) :]
        return len(part)

    def sendall(self, data):
        """Keep a part of a reply."""
        self.replies.append(data)


LOADER = {}
exec(compile(SOURCES["importer"], "<unknot>", "exec"), LOADER)
IMPORTER = LOADER["AgentImporter"](SOURCES)
sys.meta_path.insert(0, IMPORTER)
if "ctypes" not in sys.modules:
    # Importing it leaves types behind up to 3.12, and libffi may keep a file open.
    sys.modules["ctypes"] = None
from unknot_agent.channel import Channel
from unknot_agent.snapshot import COUNT
from unknot_agent.turns import keep_gil
from unknot_agent.visitor import Visitor

PIPE = Memory(ORDERS[WANTED:])
FACTS = {"frozen": 0, "enabled": ENABLED}
FILES = {}

# No other thread gets the GIL from here on, so that objects, counts and references are consistent.
if count_threads():
    # To import or to read a file would release it: a rehearsal, of no objects, does that before.
    Visitor(Channel(Memory(ORDERS[WANTED:])), [], array(COUNT), FACTS, FILES).serve()
keep_gil(UNDISTURBED)
OBJECTS = gc.get_objects(generation=1)
OBJECTS += gc.get_objects(generation=2)
COUNTS = array(COUNT, map(sys.getrefcount, OBJECTS) if SURVEY else ())
Visitor(Channel(PIPE), OBJECTS, COUNTS, FACTS, FILES).serve()
OBJECTS = COUNTS = None
sys.setswitchinterval(INTERVAL)
with open(FOLDER + "/replies", "wb") as STREAM:
    STREAM.writelines(PIPE.replies)
