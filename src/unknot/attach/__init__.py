"""Ways into a process that runs, and what is kept of it: dumps.

The way through: ``target`` says whether a process can be looked into, ``ways`` has it run a file
(:mod:`unknot.agent.inject.visit`), which forks a copy that calls back to a ``landing``; that is a
visit. ``capture`` asks the copy for a ``dump``, ``dump_file`` writes and reads it, ``explain`` and
``growth`` say what it shows. ``process``, ``own`` and ``workload`` do all that for a process, for
the one that they are called in, and for one that runs a workload's operations.
"""
