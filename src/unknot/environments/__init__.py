"""Pythons to measure with, and what is installed beside the workload.

``interpreters`` finds them, ``requirements`` checks what is asked for, ``installers`` are uv and
pip, ``complaints`` says in one line what they refused, ``cache`` makes each environment once.
"""
