"""Start the agent from its folder, under any interpreter, without making ``unknot`` importable.

Usage: ``python .../agent FD``, where FD is an inherited socket to the controller.
"""

import importlib
import os
import sys
from types import ModuleType


def load_service() -> ModuleType:
    """The agent's service, under a name that no measured code can collide with."""
    package = ModuleType("unknot_agent")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[package.__name__] = package
    return importlib.import_module("unknot_agent.service")


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # as `python -m` has it, not this folder of generic names
    sys.exit(load_service().main(int(sys.argv[1])))
