"""A real MariaDB in a temporary folder, on a port of its own, that tests may stop and start."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import pymysql
from pymysql.constants import CLIENT
from sqlalchemy import URL

from tests.servers.process import Process, free_port, program

USER = "owner"
PASSWORD = "s3cr3t/päss@word"
FAST = ("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M")


class MariaDb:
    """Listens on 127.0.0.1 with password and on a Unix socket without; `with` starts it and removes it."""

    def __init__(self) -> None:
        self.port = free_port()
        # Both stand in folders that the path of an ordinary user may leave out.
        self._server = program("mariadbd", "mariadb-server", Path("/usr/sbin"))
        self._install = program("mariadb-install-db", "mariadb-server", Path("/usr/bin"))
        # MariaDB refuses to run as root.
        self._user = "mysql" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="kpi-mariadb-"))
        self._process: Process | None = None

    def __enter__(self) -> MariaDb:
        try:
            self._create()
            self.start()
            self.execute(
                f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {USER}@'%' WITH GRANT OPTION; "
                "CREATE DATABASE main"
            )
        except BaseException:
            self.stop()
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def dsn(self, user: str = USER, password: str = PASSWORD, database: str = "main", scheme: str = "mariadb") -> str:
        """Return the URL over TCP, as SQLAlchemy reads it; `scheme` may be `mysql`."""
        url = URL.create(scheme, user, password, "127.0.0.1", self.port, database)
        return url.render_as_string(hide_password=False)

    @property
    def log(self) -> str:
        """What the server wrote, refused logins included."""
        return (self.folder / "log").read_text(errors="replace")

    def execute(self, statements: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run SQL as the superuser, each statement on its own; the rows of the last if it has any."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(statements)
            while cursor.nextset():
                pass
            return list(cursor.fetchall())

    def connect(self, database: str | None = None) -> pymysql.Connection[Any]:
        """Open a session of the superuser, which commits each statement."""
        return pymysql.connect(
            unix_socket=str(self._socket),
            user="root",
            database=database,
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )

    def start(self) -> None:
        """Start it, and wait until it answers; it logs each login that it refuses."""
        own = (f"--datadir={self.folder / 'data'}", f"--socket={self._socket}", f"--tmpdir={self.folder}")
        listen = (f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve", "--log-warnings=2")
        encoding = ("--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci")
        command = [self._server, "--no-defaults", *own, *listen, *encoding, *FAST]
        self._process = Process(command, self.folder / "log", self._user)
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """End it, with every connection, as a restart or a failover does."""
        if self._process:
            self._process.end()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def _socket(self) -> Path:
        return self.folder / "socket"

    def _create(self) -> None:
        if self._user:
            shutil.chown(self.folder, self._user, self._user)
        subprocess.run(
            [
                self._install,
                *("--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db", *FAST),
                "--auth-root-authentication-method=normal",
            ],
            check=True,
            capture_output=True,
            cwd="/",
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
        )

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0
