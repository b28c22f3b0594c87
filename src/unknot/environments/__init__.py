"""Pythons to measure with, and what is installed beside the workload.

``interpreters`` finds them, ``requirements`` checks what is asked for, ``installers`` are uv and
pip, ``complaints`` says in one line what they refused, ``cache`` makes each environment once.
"""

from unknot.environments.cache import CACHE, IsolatedEnvironment, environment

__all__ = ["CACHE", "IsolatedEnvironment", "environment"]
