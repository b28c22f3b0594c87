"""Start the agent from its folder, under any interpreter, without making ``unknot`` importable.

Usage: ``python .../agent FD``, where FD is an inherited socket to the controller.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

FOLDER = os.path.dirname(os.path.abspath(__file__))


def load_service() -> ModuleType:
    """The agent's service, imported under a name that cannot collide with measured code.

    Meanwhile neither ``PYTHONPATH`` nor the current folder is on ``sys.path``: a module there may
    have the name of a standard library module that the agent needs.
    """
    path = list(sys.path)
    others = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    foreign = {FOLDER, *map(os.path.abspath, others)}
    sys.path[:] = [entry for entry in path if os.path.abspath(entry) not in foreign]
    try:
        package = type(sys)("unknot_agent")
        package.__path__ = [FOLDER]
        sys.modules[package.__name__] = package
        from importlib import import_module

        return import_module("unknot_agent.service")
    finally:
        sys.path[:] = path


if __name__ == "__main__":
    service = load_service()
    if sys.path and os.path.abspath(sys.path[0]) == FOLDER:
        sys.path[0] = os.getcwd()  # as with `python -m`, instead of this folder of generic names
    sys.exit(service.main(int(sys.argv[1])))
