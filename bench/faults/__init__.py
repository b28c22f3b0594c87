"""A campaign of faults: failures around unknot must not make unknot fail.

``python -m bench.faults`` runs trials, each a command under one fault: a signal at a random
moment, a full disk, a low limit, a hostile name, a damaged result, a hostile workload. Random, but
the same for the same ``--seed``. The table that it prints counts the trials of each fault, and how
many of them hung, lost a measurement, left a process or a temporary file, printed a traceback of
unknot, or exited with a wrong code. ``--fast`` runs fewer; CI runs it.

:mod:`bench.faults.trial` runs and judges one trial; each other module has faults of one kind.
"""
