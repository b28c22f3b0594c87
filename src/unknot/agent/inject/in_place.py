"""Runs inside a running process: inspects it in place, without a fork.

Executed in the namespace of ``visit.py``, whose names it uses, like ``within.py``, which asks the
questions. ``orders`` in ``FOLDER`` contains the agent's sources and the questions, ``replies`` gets
the answers. ``SURVEY`` is whether reference counts are needed. The process is paused throughout.

``gc.freeze`` and ``gc.unfreeze`` move all objects to the oldest generation. Objects made later, by
the agent and what it imports, are then recognised by their generation, and collecting the youngest
one frees them, while the process's garbage stays and none of its code runs. Objects that the
process has frozen would be unfrozen, so such a process is refused.
"""

# ruff: noqa: F821
# mypy: ignore-errors

BEGAN = time.perf_counter()
gc.freeze()
gc.unfreeze()
INTERVAL = sys.getswitchinterval()
sys.setswitchinterval(0.0005)  # each file that is read gives other threads a turn: a brief one
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
