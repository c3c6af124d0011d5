"""The warehouse source on a real Apache Spark, with the totals of the store; run by `make test-spark` alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql.connect.session import SparkSession

from exporter.records.batch import Answer, SourceFailed
from exporter.sources.interface import Context, Deadline, Demand
from tests.measures.comparison import MEASURES, PERIODS, TERMS, ZONE, answers, from_store, parquet
from tests.servers.process import free_port
from tests.servers.spark import WORKERS, Spark
from tests.support.source_polls import options

CUSTOMERS = 100_000
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LABELS = sorted({label for measure in MEASURES for label in measure.by})


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    with Spark(tmp_path_factory.mktemp("spark")) as server:
        yield server


@pytest.fixture(scope="module")
def tables(spark: Spark, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Yield the tables of the source's section, which are there for every session of the server."""
    files = parquet(tmp_path_factory.mktemp("parquet"), CUSTOMERS)
    session = SparkSession(spark.url)
    session.sql("CREATE DATABASE billing")
    for table, file in files.items():
        session.sql(f"CREATE TABLE billing.{table} USING parquet LOCATION '{file}'")
    session.stop()
    return {table: {"query": f"billing.{table}"} for table in files}


def poll(url: str, tables: Mapping[str, Any], seconds: float) -> list[Answer]:
    names = [measure.name for measure in MEASURES]
    source = options("warehouse", url=url, tables=tables, measures=names).build("billing")
    demand = Demand(dict.fromkeys(names, PERIODS), TERMS)
    polled = source.poll(Context(Deadline(seconds), {}, NOW, ZONE, lambda: demand))
    return [item for item in polled if isinstance(item, Answer)]


def test_the_totals_are_those_of_the_store(spark: Spark, tables: Mapping[str, Any], tmp_path: Path) -> None:
    rows = [
        (
            answer.measure,
            PERIODS.index(answer.period),
            *(answer.labels.get(label) or None for label in LABELS),
            answer.value,
        )
        for answer in poll(spark.url, tables, 3600)
        if answer.period
    ]
    assert answers(LABELS, rows) == from_store(tmp_path / "records.duckdb", CUSTOMERS)


def test_two_worker_processes_share_the_work(spark: Spark) -> None:
    session = SparkSession(spark.url)
    process = "SELECT reflect('java.lang.ProcessHandle', 'current') AS process FROM range(0, 1000, 1, 8)"
    assert session.sql(process).distinct().count() == WORKERS
    session.stop()


def test_a_table_that_is_missing_is_named(spark: Spark, tables: Mapping[str, Any]) -> None:
    with pytest.raises(
        SourceFailed, match=r"^table subscription_items: .*`billing`.`nothing` cannot be found"
    ) as failure:
        poll(spark.url, {**tables, "subscription_items": {"query": "billing.nothing"}}, 60)
    assert "\n" not in str(failure.value)


def test_a_poll_ends_at_its_deadline(spark: Spark, tables: Mapping[str, Any]) -> None:
    endless = {"query": "SELECT * FROM billing.subscription_items CROSS JOIN range(1000000000)"}
    with pytest.raises(SourceFailed, match=r"^timed out after 20s$"):
        poll(spark.url, {**tables, "subscription_items": endless}, 20)


def test_a_url_that_cannot_be_meant_is_refused(tables: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError, match="is not a URL of Spark Connect; write sc://host:15002") as failure:
        poll("sc://spark:port/;token=s3cr3t", tables, 10)
    assert "s3cr3t" not in str(failure.value)


def test_a_server_that_is_not_there_is_told(tables: Mapping[str, Any]) -> None:
    with pytest.raises(SourceFailed, match=r"^Spark did not answer: ") as failure:
        poll(f"sc://127.0.0.1:{free_port()}/;user_id=s3cr3t", tables, 10)
    assert "s3cr3t" not in str(failure.value)
