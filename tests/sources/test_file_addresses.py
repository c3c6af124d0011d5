"""Addresses of files and the options of their storage, as a catalogue writes them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.sources.address import Address
from exporter.sources.file_systems import open_file_system
from exporter.sources.files import FilesOptions
from exporter.sources.interface import NOT_SET, Deadline
from tests.support.source_polls import options

SERVICE_ACCOUNT = '{"type": "service_account", "private_key": "made-up-key"}'


def files(path: str, **section: Any) -> FilesOptions:
    built = options("files", **section, tables={"leads": {"path": path, "format": "csv"}})
    assert isinstance(built, FilesOptions)
    return built


@pytest.mark.parametrize(
    ("path", "module", "extra"),
    [
        ("s3://exports/a.csv", "s3fs", "s3"),
        ("gs://exports/a.csv", "gcsfs", "gcs"),
        ("abfs://exports@account.dfs.core.windows.net/a.csv", "adlfs", "azure"),
        ("az://exports/a.csv", "adlfs", "azure"),
        ("sftp://host/a.csv", "paramiko", "sftp"),
    ],
)
def test_without_its_package_an_address_names_what_to_install(
    path: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(path)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValidationError, match=f"needs the package {module}; install kpi-exporter\\[{extra}\\]"):
        files(path)


def test_files_of_this_machine_and_of_the_web_need_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("s3fs", "gcsfs", "adlfs", "paramiko", "fsspec"):
        monkeypatch.setitem(sys.modules, module, None)
    files("a.csv")
    files("https://host/a.csv")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://host:8443/a/b/c.csv?sig=s3cr3t", "https://host:8443/…/c.csv"),
        ("https://host/c.csv#part", "https://host/c.csv"),
        ("s3://bucket/a/export-?.csv", "s3://bucket/a/export-?.csv"),
        ("sftp://host:2222/out/#1.csv", "sftp://host:2222/out/#1.csv"),
    ],
)
def test_what_messages_show_of_an_address(url: str, text: str) -> None:
    assert str(Address(url)) == text
    assert "s3cr3t" not in repr(Address(url))


def test_a_relative_path_is_beside_the_catalogue_and_an_address_is_not(tmp_path: Path) -> None:
    section = {"leads": {"path": "exports/*.csv"}, "deals": {"path": "s3://exports/*.csv"}}
    built = options("files", tmp_path, tables=section)
    assert isinstance(built, FilesOptions)
    assert built.tables["leads"].path == tmp_path / "exports" / "*.csv"
    assert built.tables["deals"].path == Address("s3://exports/*.csv")


def test_an_address_that_is_not_set_is_no_mistake_where_nothing_is_polled() -> None:
    built = options("files", storage={"key": NOT_SET, "secret": NOT_SET}, tables={"leads": {"path": NOT_SET}})
    assert list(built.lacking_columns()) == []


def test_other_addresses_are_another_mapping() -> None:
    first, second = (files(f"https://host/a.csv?id={number}").tables["leads"].fingerprint() for number in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("path", "storage", "secrets"),
    [
        ("s3://b/a.csv", {"key": "idid", "secret": "s1", "token": "s2"}, {"idid", "s1", "s2"}),
        ("gs://b/a.csv", {"token": SERVICE_ACCOUNT}, {SERVICE_ACCOUNT}),
        ("az://b/a.csv", {"account_name": "a", "account_key": "s1"}, {"s1"}),
        ("az://b/a.csv", {"account_name": "a", "sas_token": "s1"}, {"s1"}),
        ("az://b/a.csv", {"connection_string": "AccountName=a;AccountKey=s1"}, {"AccountName=a;AccountKey=s1"}),
        ("az://b/a.csv", {"tenant_id": "t", "client_id": "c", "client_secret": "s1"}, {"s1"}),
        ("sftp://h/a.csv", {"username": "u", "private_key": "s1", "passphrase": "s2"}, {"s1", "s2"}),
        ("https://h/a.csv?sig=s1", {"auth": {"bearer": "s2"}}, {"sig=s1", "s1", "Bearer s2", "s2"}),
    ],
)
def test_no_message_repeats_a_secret(path: str, storage: dict[str, Any], secrets: set[str]) -> None:
    built = files(path, storage=storage)
    assert {secret for secret in built.secrets() if secret} == secrets
    assert not any(secret in repr(built.storage) for secret in secrets)


@pytest.mark.process  # Azure's library asks `uname`
@pytest.mark.parametrize(
    ("system", "host", "storage", "expected"),
    [
        ("gcs", "b", {"anonymous": True, "project": "p"}, {"project": "p"}),
        ("azure", "b", {"account_name": "a", "account_key": "c2VjcmV0"}, {"account_name": "a", "anon": False}),
        ("azure", "b@acc.dfs.core.windows.net", {"anonymous": True}, {"account_name": "acc", "anon": True}),
    ],
)
def test_the_libraries_take_the_options(system: str, host: str, storage: dict[str, Any], expected: Any) -> None:
    path = {"gcs": "gs://b/a.csv", "azure": f"abfs://{host}/a.csv"}[system]
    made = open_file_system(system, host, files(path, storage=storage).storage, Deadline(10))
    assert {name: getattr(made, name) for name in expected} == expected
