"""A real Apache Spark: a cluster of two worker processes beside the driver, all of them on 127.0.0.1."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from pyspark.sql import SparkSession

from tests.servers.process import program

WORKERS, CORES, MEBIBYTES = 2, 1, 1024


class Spark:
    """Needs Java; `with` starts the processes and ends them. Its files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session: SparkSession | None = None

    def __enter__(self) -> Spark:
        program("java", "default-jre-headless")
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        settings: dict[str, bool | float | int | str | None] = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "2g",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.local.dir": str(self._folder / "local"),
            "spark.sql.warehouse.dir": str(self._folder / "warehouse"),
            # For two cores; the default of 200 is for a hundred times as many.
            "spark.sql.shuffle.partitions": "2",
        }
        builder = SparkSession.builder.master(f"local-cluster[{WORKERS},{CORES},{MEBIBYTES}]")
        self._session = builder.config(map=settings).getOrCreate()
        self._session.sparkContext.setLogLevel("ERROR")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spark.stop()
        self._session = None

    def show(self, table: str, parquet: Path) -> None:
        """Let SQL read a file under a name."""
        self._spark.read.parquet(str(parquet)).createOrReplaceTempView(table)

    def execute(self, statement: str) -> Sequence[tuple[Any, ...]]:
        return [tuple(row) for row in self._spark.sql(statement).collect()]

    @property
    def _spark(self) -> SparkSession:
        assert self._session is not None, "not started"
        return self._session
