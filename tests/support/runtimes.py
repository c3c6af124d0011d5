"""A running exporter whose threads a test does not start."""

from __future__ import annotations

from exporter.runtime.service import Runtime


def evaluated(runtime: Runtime) -> Runtime:
    """Evaluate all companies of an exporter once, as its thread does after the start, and return the exporter."""
    for name in runtime.companies:
        runtime.evaluate(name)
    return runtime
