"""the simulated companies at rest, scraped every 15 seconds for five minutes, beside an exporter of SQL queries."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from time import process_time

import requests
import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.conventions import MEASURES_COMPUTED
from exporter.demo.registry import write_companies
from exporter.kpis.reading import CompanyReading
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from tests.bench.result import NotMeasured, Result
from tests.demo.simulations import poll
from tests.servers.process import free_port, wait_until

SECONDS = 300.0
EVERY = 15.0
SETTLING = 60.0
"""Seconds after the first values, in which the short past is filled."""
HISTORY = "history: {keep: 1 day, dense: 1 day, every: 6h}\n"
PEER = "query-exporter==5.0.2"
OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}
_TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> Iterator[Result]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = write_companies(folder / "companies", datetime.now(UTC))
        for file in files:
            file.write_text(file.read_text("utf-8") + HISTORY, "utf-8")
        yield from _evaluations(folder, files)
        with ExitStack() as stack:
            ours = stack.enter_context(_exporter(folder, files))
            try:
                theirs = stack.enter_context(_peer(folder, files))
            except NotMeasured as reason:
                theirs = None
                yield Result(f"not measured beside {PEER}: {reason}", 0, "")
            both = [each for each in (ours, theirs) if each is not None]
            time.sleep(SETTLING)
            before = [_processor(process) for process, _ in both]
            for _ in range(round(SECONDS / EVERY)):
                time.sleep(EVERY)
                for _, url in both:
                    requests.get(url, timeout=30, headers=OPENMETRICS)
            used = [(_processor(process) - start) / SECONDS for (process, _), start in zip(both, before, strict=True)]
        yield Result("of a core, at rest", used[0], "", at_most=0.02)
        if theirs is not None:
            yield Result(f"of a core, by {PEER} with as many queries", used[1], "")


def _evaluations(folder: Path, files: list[Path]) -> Iterator[Result]:
    now = datetime.now(UTC)
    companies = [load(file, {}) for file in files]
    with closing(Store(folder / "evaluated.duckdb")) as warm:
        for company in companies:
            poll(company, warm, now)
            refresh(warm, company.ledger)
            take_snapshot(company, warm, now)
    with closing(Store(folder / "evaluated.duckdb")) as store:
        start = process_time()
        readings = [take_snapshot(company, store, now) for company in companies]
        whole = process_time() - start
        yield Result("KPIs", sum(len(each.kpis) for each in readings), "")
        yield Result("measures computed", sum(each.computed for each in readings), "")
        yield Result("evaluation of all KPIs", whole, "s", at_most=0.2)
        changed = _after_a_change(folder, companies, readings, store)
        yield Result("measures computed after a change of one row", changed[0], "")
        yield Result("evaluation after a change of one row", changed[1], "s", at_most=0.05)


def _after_a_change(
    folder: Path, companies: list[Company], readings: list[CompanyReading], store: Store
) -> tuple[int, float]:
    """Remove an incident of a company, poll it, and return how many measures that computes in what time."""
    place = next(place for place, each in enumerate(companies) if each.name == "managed-kubernetes")
    company = companies[place]
    export = company.file.parent / "pagerduty" / "incidents.csv"
    export.write_text("".join(export.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    now = datetime.now(UTC)
    poll(company, store, now)
    start = process_time()
    refresh(store, company.ledger)
    reading = take_snapshot(company, store, now, readings[place])
    return reading.computed, process_time() - start


@contextmanager
def _exporter(folder: Path, files: list[Path]) -> Iterator[tuple[Popen[bytes], str]]:
    port = free_port()
    program = Path(sys.executable).with_name("kpi-exporter")
    command = [str(program), "run", *map(str, files), "--store", str(folder / "kpi.duckdb")]
    with _running([*command, "--listen", f"127.0.0.1:{port}"], folder, port) as process:
        url = f"http://127.0.0.1:{port}/metrics"
        wait_until(lambda: MEASURES_COMPUTED in requests.get(url, timeout=30).text, "the first values", timeout=120)
        yield process, url


@contextmanager
def _peer(folder: Path, files: list[Path]) -> Iterator[tuple[Popen[bytes], str]]:
    """Run the peer in an environment of its own, with a query for each KPI over the same exports in SQLite."""
    environment = folder / "peer"
    for step in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", PEER],
    ):
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured((done.stderr.strip().splitlines() or ["failed"])[-1])
    tables = _sqlite(folder / "peer.sqlite", files)
    count = sum(len(load(file, {}).kpis) for file in files)
    names = [f"kpi_{number}" for number in range(count)]
    document = {
        "databases": {"exports": {"dsn": f"sqlite:///{folder / 'peer.sqlite'}"}},
        "metrics": {name: {"type": "gauge", "description": "a count"} for name in names},
        "queries": {
            name: {
                "databases": ["exports"],
                "metrics": [name],
                "interval": int(EVERY),
                "sql": f'SELECT count(*) AS {name} FROM "{tables[number % len(tables)]}"',
            }
            for number, name in enumerate(names)
        },
    }
    configuration, port = folder / "peer.yaml", free_port()
    configuration.write_text(yaml.dump(document), "utf-8")
    program = str(environment / "bin" / "query-exporter")
    with _running([program, "--config", str(configuration), "--port", str(port)], folder, port) as process:
        yield process, f"http://127.0.0.1:{port}/metrics"


def _sqlite(file: Path, files: list[Path]) -> list[str]:
    """Write the CSV exports of the companies into tables, and return their names."""
    names: list[str] = []
    with closing(sqlite3.connect(file)) as database:
        for export in sorted(export for each in files for export in each.parent.rglob("*.csv")):
            name = f"{len(names)}_{export.stem}"
            with export.open(encoding="utf-8", newline="") as opened:
                header, *rows = csv.reader(opened)
            columns = ", ".join(f'"{column}"' for column in header)
            database.execute(f'CREATE TABLE "{name}" ({columns})')
            values = ", ".join("?" * len(header))
            complete = (row for row in rows if len(row) == len(header))
            database.executemany(f'INSERT INTO "{name}" VALUES ({values})', complete)
            names.append(name)
        database.commit()
    return names


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Popen[bytes]]:
    with Popen(command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            wait_until(lambda: _serves(process, port), command[0], timeout=120)
            yield process
        finally:
            process.terminate()


def _serves(process: Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise NotMeasured(f"{process.args!r} ended with status {process.returncode}")
    try:
        return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).ok
    except requests.RequestException:
        return False


def _processor(process: Popen[bytes]) -> float:
    """Return the seconds of the processor that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
