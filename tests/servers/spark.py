"""A real Apache Spark on 127.0.0.1: two worker processes, and Spark Connect before them."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from types import TracebackType

from tests.servers.process import Process, free_port, program

WORKERS, CORES, MEBIBYTES = 2, 1, 1024


class Spark:
    """`with` starts the processes and ends them; their files are in `folder`. Needs Java, and Spark itself.

    That is in the folder of SPARK_HOME, or where `make test-spark` puts it: beside the client that the exporter uses,
    whose package has the same name.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._home = Path(os.environ.get("SPARK_HOME", Path(sys.prefix) / "spark" / "pyspark"))
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def __enter__(self) -> Spark:
        program("java", "default-jre-headless")
        if not (self._home / "jars").is_dir():
            raise RuntimeError(f"there is no Spark in {self._home}: run `make test-spark`")
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(self.port),
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "2g",
            "spark.local.dir": str(self._folder / "local"),
            # No task before both workers are there.
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "5m",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            # For two cores; the default of 200 is for a hundred times as many.
            "spark.sql.shuffle.partitions": str(2 * WORKERS * CORES),
            "spark.sql.warehouse.dir": str(self._folder / "warehouse"),
            "spark.ui.enabled": "false",
        }
        command = [
            *("env", "SPARK_LOCAL_IP=127.0.0.1", f"SPARK_HOME={self._home}", str(self._home / "bin" / "spark-submit")),
            *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
            *("--master", f"local-cluster[{WORKERS},{CORES},{MEBIBYTES}]"),
            *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
            "spark-internal",
        ]
        self._process = Process(command, self._folder / "log")
        self._process.wait_until(self._listens, timeout=300)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None, "not started"
        self._process.end()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
