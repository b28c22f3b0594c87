"""Ways into a running process, and dumps, which keep what was seen of it.

The way through: ``target`` says whether a process can be looked into, ``ways`` has it run a file
from a ``landing`` (:mod:`unknot.agent.inject.visit`), which forks a copy that calls back. The
conversation with the copy is a ``visit``, its orders and replies are ``duties``; ``in_place`` has
the same conversation with the process itself. ``capture`` asks for a ``dump``, ``dump_file`` writes
and reads it, ``explain`` and ``growth`` say what it shows. ``process``, ``own`` and ``workload`` do
all that for a process, for the one that they are called in, and for one that runs a workload.
"""
