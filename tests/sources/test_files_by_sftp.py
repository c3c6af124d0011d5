"""Files in a folder of an SFTP server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import paramiko
import pytest

from exporter.records.batch import SourceFailed
from exporter.sources.files import Files
from exporter.sources.interface import Deadline
from tests.servers.sftp import PASSWORD, USER, SftpServer
from tests.support.source_polls import options, poll

USER_KEY = paramiko.ECDSAKey.generate()


def leads(*ids: str) -> str:
    return "lead_id,created_at\n" + "".join(f"{lead},2026-01-01\n" for lead in ids)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "out").mkdir()
    with SftpServer(tmp_path, USER_KEY) as running:
        yield running


def source(server: SftpServer, path: str, storage: dict[str, Any] | None = None, **table: Any) -> Files:
    login = {"username": USER, "password": PASSWORD, "host_key": server.host_key}
    url = f"sftp://127.0.0.1:{server.port}/{path}"
    built = options("files", storage=storage or login, tables={"leads": {"path": url, **table}}).build("sheets")
    assert isinstance(built, Files)
    return built


def ids(files: Files, cursor: dict[str, str] | None = None) -> list[object]:
    return [row["lead_id"] for row in poll(files, cursor).rows["leads"]]


def failure(files: Files) -> str:
    with pytest.raises(SourceFailed) as raised:
        poll(files)
    files.close()
    return str(raised.value)


def test_each_file_is_read_once_and_the_newest_wins(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "out" / "export-1.csv").write_text(leads("l1"))
    (tmp_path / "out" / "export-2.csv").write_text(leads("l1", "l2"))
    (tmp_path / "out" / "export-2.csv.part").write_text("lea")
    added, newest = source(server, "out/export-*.csv"), source(server, "out/export-*.csv", take="newest")
    cursor = dict[str, str]()
    assert ids(newest, cursor) == ["l1", "l2"]
    assert poll(newest, cursor).unchanged == ["leads"]
    assert server.opened == ["/out/export-2.csv"]
    (tmp_path / "out" / "export-3 #1.csv").write_text(leads("l3"))
    assert ids(newest, cursor) == ["l3"]
    assert ids(added) == ["l1", "l1", "l2", "l3"]
    added.close()
    newest.close()


def test_a_file_that_was_written_anew_is_read_again(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "out" / "leads.csv").write_text(leads("l1"))
    files, cursor = source(server, "out/leads.csv"), dict[str, str]()
    assert ids(files, cursor) == ["l1"]
    (tmp_path / "out" / "leads.csv").write_text(leads("l2"))
    os.utime(tmp_path / "out" / "leads.csv", (1, 1))
    assert ids(files, cursor) == ["l2"]
    files.close()


def test_a_user_may_have_a_key(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "out" / "leads.csv").write_text(leads("l1"))
    for passphrase in (None, "opens-it"):
        text = StringIO()
        USER_KEY.write_private_key(text, password=passphrase)
        storage = {"username": USER, "private_key": text.getvalue(), "host_key": server.host_key}
        files = source(server, "out/leads.csv", {**storage, **({"passphrase": passphrase} if passphrase else {})})
        assert ids(files) == ["l1"]
        files.close()


def test_a_server_whose_key_is_not_known_gets_no_password(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "out" / "leads.csv").write_text(leads("l1"))
    login = {"username": USER, "password": PASSWORD}
    message = failure(source(server, "out/leads.csv", login))
    assert f"`host_key: {server.host_key}`" in message
    other = paramiko.ECDSAKey.generate()
    wrong = {**login, "host_key": f"{other.get_name()} {other.get_base64()}"}
    assert "shows another key" in failure(source(server, "out/leads.csv", wrong))


@pytest.mark.parametrize("path", ["out/leads.csv", "out/*.csv", "no/*.csv"])
def test_a_file_that_is_not_there_is_named(server: SftpServer, path: str) -> None:
    assert f"no file matches sftp://127.0.0.1:{server.port}/{path}" in failure(source(server, path))


def test_a_wrong_password_is_a_sentence_without_it(server: SftpServer) -> None:
    login = {"username": USER, "password": "wr0ng-secret", "host_key": server.host_key}
    message = failure(source(server, "out/*.csv", login))
    assert message == f"table leads: the SFTP server 127.0.0.1:{server.port} refuses the user; check `storage`"


def test_the_poll_ends_in_time_and_the_next_one_connects_anew(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "out" / "leads.csv").write_text(leads("l1"))
    files = source(server, "out/leads.csv")
    with pytest.raises(SourceFailed, match="timed out"):
        poll(files, deadline=Deadline(0))
    assert ids(files) == ["l1"]
    files.close()
