"""Small operations of the standard library, as services run them; each function is a workload.

Nothing but the standard library, the same under 3.11, 3.12 and 3.13. What an operation opens it
closes, unless its first line says that it does not.

    unknot run bench/workloads/stdlib/formats.py:dump_json --python 3.11 --python 3.13
"""
