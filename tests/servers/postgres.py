"""A real PostgreSQL in a temporary folder, on a port of its own, that tests may stop and start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from sqlalchemy import URL

from tests.servers.process import Process, free_port, program

USER = "owner"
PASSWORD = "s3cr3t/päss@word"


class Postgres:
    """Listens on 127.0.0.1 with password and on a Unix socket without; `with` starts it and removes it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._binaries = Path(program("postgres", "postgresql", *_binaries())).parent
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        # In a folder of its own, and not in one of pytest's, which only their owner may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="kpi-postgres-"))
        self._process: Process | None = None

    def __enter__(self) -> Postgres:
        try:
            self._create()
            self.start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def dsn(self, user: str = USER, password: str = PASSWORD, database: str = "postgres") -> str:
        """Return the URL over TCP, as SQLAlchemy reads it."""
        url = URL.create("postgresql", user, password, "127.0.0.1", self.port, database)
        return url.render_as_string(hide_password=False)

    @property
    def socket_dsn(self) -> str:
        """The URL over the Unix socket."""
        return f"postgresql://{USER}@/postgres?host={self.folder}&port={self.port}"

    @property
    def log(self) -> str:
        """What the server wrote, refused logins included."""
        return (self.folder / "log").read_text(errors="replace")

    def execute(self, statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run SQL as the superuser, each statement on its own; the rows of the last if it has any."""
        with self._connect(database) as connection:
            cursor = connection.execute(statements.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a session of the superuser, which commits each statement."""
        return self._connect(database)

    def start(self) -> None:
        options = ("-k", str(self.folder), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1")
        fast = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=16MB")
        command = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), *options, *fast]
        self._process = Process(command, self.folder / "log", self._user)
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """End it, with every connection, as a restart or a failover does."""
        if self._process:
            self._process.end(signal.SIGINT)
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _create(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if self._user:
            shutil.chown(self.folder, self._user, self._user)
            shutil.chown(secret, self._user, self._user)
        subprocess.run(
            [
                str(self._binaries / "initdb"),
                *("-D", str(self.folder / "data"), "-U", USER, "--pwfile", str(secret), "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd="/",
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), port=self.port, user=USER, dbname=database, autocommit=True)


def _binaries() -> list[Path]:
    """Return where Debian puts the server's programs, the newest version first."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)
