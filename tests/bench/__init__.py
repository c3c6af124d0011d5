"""Benchmarks, `python -m tests.bench`: every module here that defines `measure()` is one."""
