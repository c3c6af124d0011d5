"""Runs the benchmarks named on the command line, or all, and fails if a figure is beyond its limit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import tests.bench
from tests.bench.result import Benchmark, NotMeasured


def benchmarks() -> Iterator[Benchmark]:
    for info in iter_modules(tests.bench.__path__):
        if info.name != "__main__":
            module = import_module(f"tests.bench.{info.name}")
            if hasattr(module, "measure"):
                yield cast(Benchmark, module)


def run(benchmark: Benchmark) -> bool:
    """Print what it measures; False when a figure is beyond its limit."""
    name = benchmark.__name__.rsplit(".", 1)[-1]
    print(f"\n{name}: {(benchmark.__doc__ or '').strip()}", flush=True)
    passed = True
    try:
        for result in benchmark.measure():
            print(f"  {result}", flush=True)
            passed = passed and result.passed
    except NotMeasured as reason:
        print(f"  not measured: {reason}")
    return passed


def main(wanted: list[str]) -> int:
    chosen = [each for each in benchmarks() if not wanted or each.__name__.rsplit(".", 1)[-1] in wanted]
    failed = [each for each in chosen if not run(each)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
