"""A campaign of faults: what goes wrong around unknot must not make unknot go wrong.

``python -m bench.faults`` makes trials, each a command under one fault: a signal at a random
moment, a full disk, a low limit, a hostile name, a damaged result, a hostile workload. Random, but
the same for the same ``--seed``. The table that it prints counts the trials of each fault, and how
many of them hung, lost a measurement, left a process or a temporary file, ended in a traceback of
ours, or with another exit code than they should. ``--fast`` makes fewer; CI runs it.

:mod:`bench.faults.trial` makes one trial and judges it; each other module has the faults of a kind.
"""
