"""Measures a plan of cells, each in a fresh process, and concludes from their counts.

The way through: ``spec`` says what to measure, ``plan`` runs many, and ``cell`` measures one in
a ``process``, whose agent is asked for ``duties``. ``measurement`` has the stages; ``rounds`` and
``growth`` turn counts into rates and a verdict. ``diagnosis`` names the cycles, and ``leaks`` the
holders, each by a ``probe`` of one process (``held_leaks`` and ``filling`` are its halves).
``comparison`` sets variants side by side. ``latency`` times operations with pyperf, and
``allocations`` traces their memory with memray and objgraph, each in separate processes.
``environment`` describes where all this ran.
"""
