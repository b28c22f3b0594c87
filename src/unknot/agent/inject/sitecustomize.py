"""Starts the agent in a Python process that a measured process started.

Python imports this at startup, because the folder is on ``PYTHONPATH``. The installation's own
``sitecustomize``, if any, then runs as it would have without this one. Any release of Python may
import this module, so the version is checked before newer syntax or modules are used.
"""

import os
import sys


def start_agent(folder, address):
    """Import the agent under a name that cannot collide with measured code, and start it.

    Meanwhile ``PYTHONPATH`` is not on ``sys.path``: a module there may have the name of a standard
    library module that the agent needs.
    """
    path = list(sys.path)
    others = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    foreign = set(map(os.path.abspath, others))
    sys.path[:] = [entry for entry in path if os.path.abspath(entry) not in foreign]
    try:
        package = type(sys)("unknot_agent")
        package.__path__ = [os.path.dirname(folder)]
        sys.modules[package.__name__] = package
        from importlib import import_module

        children = import_module("unknot_agent.children")
    finally:
        sys.path[:] = path
    children.start(address)


def run_the_installations_own():
    """Import the ``sitecustomize`` that this one shadows, if there is one."""
    import importlib.machinery
    import importlib.util

    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def main():
    """Remove this folder from ``sys.path`` and start the agent."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != folder]
    address = os.environ.get("UNKNOT_AGENT")
    if sys.version_info >= (3, 8):  # noqa: UP036 - older releases may import this, too
        if address and sys.implementation.name == "cpython":
            start_agent(folder, address)
        run_the_installations_own()


main()
