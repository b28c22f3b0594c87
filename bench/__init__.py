"""Benchmark drivers; each runs as ``python -m bench.NAME``."""
