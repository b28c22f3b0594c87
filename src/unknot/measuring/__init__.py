"""Measuring: a plan of cells, each in a fresh process, and what their counts say.

The way through: ``spec`` says what to measure, ``plan`` runs many specs, ``cell`` measures one
over ``process``, in the stages of ``measurement``, ``rounds`` and ``growth`` turn counts into
rates and a verdict, ``diagnosis`` names the cycles and ``leaks`` the holders (each by a ``probe``
of one process; ``held_leaks`` and ``filling`` are its halves), ``comparison`` sets variants side by
side, ``latency`` times operations with pyperf and ``allocations`` traces their memory with memray
and objgraph, each in processes of its own, ``environment`` says where all this was.
"""
