"""Start the agent from its folder, under any interpreter, without making ``unknot`` importable.

Usage: ``python .../agent FD``, where FD is an inherited socket to the controller.
"""

import importlib.util
import os
import sys


def load_agent():
    """The agent's package, loaded under a name that no measured code can collide with."""
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "unknot_agent",
        os.path.join(folder, "__init__.py"),
        submodule_search_locations=[folder],
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["unknot_agent"] = package
    spec.loader.exec_module(package)
    return importlib.import_module("unknot_agent.service")


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # as `python -m` has it, not this folder of generic names
    sys.exit(load_agent().main(int(sys.argv[1])))
