"""The part that runs inside the measured process. Standard library only, Python 3.8 and newer.

The way through: ``__main__`` starts here and nowhere else, ``service`` obeys the controller one
message at a time over ``channel``, ``workload`` finds and opens what is measured, ``census`` and
``blocks`` count, ``settling`` waits, ``collector`` sets modes and logs passes, ``finalizers``
counts async-generator finalizer calls, ``snapshot`` copies the heap into arrays, ``labels`` names
the references of a few objects (``naming`` is its table by type) and finds the lines that make them
(``stores``, from the program's ``sources`` by ``assignments``), ``unseen`` finds holders that no
snapshot has.

The agent decides nothing: what to do next, and what the numbers mean, is thought outside. Between
two messages it holds nothing of what it measured, so it does not appear in the next count.
"""
