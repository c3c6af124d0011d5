"""Files in a bucket, from a server that speaks S3's protocol on loopback."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import boto3
import pytest
import trustme
from moto.server import ThreadedMotoServer

from exporter.records.batch import ChangedMeanwhile, SourceFailed
from exporter.records.store import Store
from exporter.sources.files import Files
from exporter.sources.interface import Deadline
from tests.servers.process import free_port
from tests.servers.standin import HttpResponse, Standin
from tests.support.source_polls import options, poll, poll_into_store, stored_texts

pytestmark = pytest.mark.slow

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG"


class Bucket:
    """A bucket of its own; `reads` counts the requests for the content of a file."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = f"exports-{uuid4().hex[:8]}"
        self._s3 = boto3.client(
            "s3", endpoint_url=url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
        )
        self._s3.create_bucket(Bucket=self.name)

    def put(self, key: str, text: str, **options: str) -> None:
        self._s3.put_object(Bucket=self.name, Key=key, Body=text.encode(), **options)

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.name, Key=key)

    def close(self) -> None:
        self._s3.close()

    def source(self, path: str, folder: Path | None = None, **section: Any) -> Files:
        storage = {"key": KEY, "secret": SECRET, "endpoint_url": self.url, "region": "us-east-1"}
        storage = section.pop("storage", storage)
        table = {"path": f"s3://{self.name}/{path}", **section.pop("table", {})}
        built = options("files", folder, storage=storage, tables={"leads": table}, **section).build("sheets")
        assert isinstance(built, Files)
        return built


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str) -> Iterator[Bucket]:
    made = Bucket(s3)
    yield made
    made.close()


def leads(*ids: str) -> str:
    return "lead_id,created_at\n" + "".join(f"{lead},2026-01-01\n" for lead in ids)


def ids(source: Files, cursor: dict[str, str] | None = None) -> list[object] | None:
    polled = poll(source, cursor)
    return [row["lead_id"] for row in polled.rows["leads"]] if "leads" in polled.rows else None


def test_the_files_of_a_pattern_add_up(bucket: Bucket) -> None:
    bucket.put("crm/2026/b.csv", leads("l2"))
    bucket.put("crm/2026/a.csv", leads("l1"))
    bucket.put("crm/2026/a.txt", leads("no"))
    bucket.put("crm/2026/deep/a.csv", leads("no"))
    source = bucket.source("crm/2026/*.csv")
    assert ids(source) == ["l1", "l2"]
    source.close()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("crm/a.csv", ["l1"]),
        ("*/a.csv", ["l1", "l3"]),
        ("**/*.csv", ["l0", "l1", "l2", "l3"]),
        ("crm/**/*.csv", ["l1", "l2"]),
        ("c[rq]m/?.csv", ["l1"]),
    ],
)
def test_a_pattern_means_what_it_means_on_this_machine(
    bucket: Bucket, tmp_path: Path, pattern: str, expected: list[str]
) -> None:
    for key, lead in {"top.csv": "l0", "crm/a.csv": "l1", "crm/x/b.csv": "l2", "erp/a.csv": "l3"}.items():
        bucket.put(key, leads(lead))
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_text(leads(lead))
    local = options("files", tmp_path, tables={"leads": {"path": pattern}}).build("local")
    assert isinstance(local, Files)
    source = bucket.source(pattern)
    assert sorted(map(str, ids(source) or [])) == sorted(map(str, ids(local) or [])) == expected
    source.close()


def test_a_file_that_did_not_change_is_not_read_again_and_of_a_pattern_only_the_one_that_did(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("a.csv", leads("l1"))
    bucket.put("b.csv", leads("l2"))
    source, cursor = bucket.source("*.csv"), dict[str, str]()
    read = noted_reads(monkeypatch)
    assert ids(source, cursor) == ["l1", "l2"]
    assert poll(source, cursor).unchanged == ["leads"]
    assert read == [f"{bucket.name}/a.csv", f"{bucket.name}/b.csv"]
    bucket.put("b.csv", leads("l2", "l3"))
    assert ids(source, cursor) == ["l1", "l2", "l3"]
    assert read[2:] == [f"{bucket.name}/b.csv"]
    source.close()


def test_after_a_restart_nothing_is_read_that_did_not_change(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("a.csv", leads("l1"))
    source, cursor = bucket.source("a.csv"), dict[str, str]()
    assert ids(source, cursor) == ["l1"]
    source.close()
    read = noted_reads(monkeypatch)
    source = bucket.source("a.csv")
    assert poll(source, cursor).unchanged == ["leads"]
    assert read == []
    source.close()


def noted_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the path of each file that is opened in the bucket."""
    from s3fs import S3FileSystem

    read: list[str] = []
    opened = S3FileSystem._open

    def note(self: S3FileSystem, path: str, *args: Any, **options: Any) -> object:
        read.append(path)
        return opened(self, path, *args, **options)

    monkeypatch.setattr(S3FileSystem, "_open", note)
    return read


def test_the_newest_is_the_last_by_name_whenever_it_was_written(bucket: Bucket) -> None:
    bucket.put("export-2026-11-30.csv", leads("l1", "l2"))
    bucket.put("export-2026-11-29.csv", leads("l1"))
    source, cursor = bucket.source("export-*.csv", table={"take": "newest"}), dict[str, str]()
    assert ids(source, cursor) == ["l1", "l2"]
    bucket.put("export-2026-11-28.csv", leads("l0"))
    assert poll(source, cursor).unchanged == ["leads"]
    bucket.put("export-2026-12-01.csv", leads("l3"))
    assert ids(source, cursor) == ["l3"]
    source.close()


def test_a_new_file_that_lost_most_rows_is_held_back(bucket: Bucket, store: Store) -> None:
    bucket.put("export-1.csv", leads(*(f"l{number}" for number in range(20))))
    source = bucket.source("export-*.csv", table={"take": "newest"})
    poll_into_store(store, source)
    bucket.put("export-2.csv", leads("l1"))
    poll_into_store(store, source)
    assert stored_texts(store, "SELECT count(*) FROM leads") == [("20",)]
    source.close()


def test_a_measure_is_computed_anew_from_the_copy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("cash.csv", "balance\n10.5\n2\n")
    storage = {"key": KEY, "secret": SECRET, "endpoint_url": bucket.url}
    measure = {"path": f"s3://{bucket.name}/cash.csv", "query": "SELECT sum(balance) AS value FROM rows", "unit": "EUR"}
    source = options("files", storage=storage, measures={"m": measure}).build("sheets")
    read = noted_reads(monkeypatch)
    assert [str(poll(source).values()["m"]) for _ in range(2)] == ["12.50000000", "12.50000000"]
    assert len(read) == 1
    source.close()


def test_messages_name_the_file_as_it_is_in_the_bucket(bucket: Bucket) -> None:
    bucket.put("crm/a.csv", "lead,created_at\nl1,2026-01-01\n")
    source = bucket.source("crm/a.csv")
    with pytest.raises(SourceFailed, match=r"table leads: a\.csv has no column `lead_id`"):
        poll(source)
    source.close()


def test_a_file_that_changes_while_it_is_read_fails_the_poll(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    from s3fs import S3FileSystem

    bucket.put("a.csv", leads("l1"))
    source, cursor = bucket.source("a.csv"), dict[str, str]()
    opened = S3FileSystem._open

    def write_first(self: S3FileSystem, path: str, *args: Any, **options: Any) -> object:
        bucket.put("a.csv", leads("l1", "l2"))
        return opened(self, path, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(S3FileSystem, "_open", write_first)
        with pytest.raises(ChangedMeanwhile, match=r"a\.csv changed while it was read"):
            poll(source, cursor)
    assert cursor == {}
    assert ids(source, cursor) == ["l1", "l2"]
    source.close()


def test_a_file_that_is_longer_than_the_limit_is_not_read(bucket: Bucket) -> None:
    bucket.put("a.csv", leads(*(f"l{number}" for number in range(1000))))
    source = bucket.source("a.csv", max_file="10KB")
    with pytest.raises(SourceFailed, match=r"a\.csv is longer than `max_file` \(9\.8KiB\)"):
        poll(source)
    source.close()


def test_a_bucket_that_is_not_there_is_named(bucket: Bucket) -> None:
    for path in ("a.csv", "*.csv", "crm/*.csv"):
        other = Bucket.__new__(Bucket)
        other.url, other.name = bucket.url, "no-such-bucket"
        source = other.source(path)
        with pytest.raises(SourceFailed, match="there is no bucket no-such-bucket"):
            poll(source)
        source.close()


def test_a_file_that_is_not_there_is_named(bucket: Bucket) -> None:
    for path in ("a.csv", "*.csv", "crm/*.csv"):
        source = bucket.source(path)
        with pytest.raises(SourceFailed, match="no file matches s3://exports-") as failure:
            poll(source)
        assert path in str(failure.value)
        source.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://127.0.0.1:{port}", "Connection refused"), ("http://no-such-host.invalid", "Name or service not known")],
)
def test_a_server_that_is_not_there_is_a_sentence_without_a_secret(url: str, reason: str) -> None:
    storage = {"key": KEY, "secret": SECRET, "endpoint_url": url.format(port=free_port())}
    assert failure(storage) == f"table leads: the bucket exports did not answer: {reason}"


def failure(storage: dict[str, Any], deadline: Deadline | None = None) -> str:
    source = options("files", storage=storage, tables={"leads": {"path": "s3://exports/crm/*.csv"}}).build("sheets")
    with pytest.raises(SourceFailed) as raised:
        poll(source, deadline=deadline)
    source.close()
    assert SECRET not in str(raised.value)
    return str(raised.value)


def refusal(code: str, message: str) -> HttpResponse:
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return HttpResponse(status=403, headers={"Content-Type": "application/xml"}, pieces=[text.encode()])


def test_a_refusal_is_a_sentence_with_the_reason_of_the_server() -> None:
    for code, message in {
        "AccessDenied": "Access Denied",
        "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
        "SignatureDoesNotMatch": "The request signature we calculated does not match.",
    }.items():
        with Standin(lambda request, code=code, message=message: refusal(code, message)) as server:  # type: ignore[misc]
            text = failure({"key": KEY, "secret": SECRET, "endpoint_url": server.url})
        assert text == (
            f"table leads: access to s3://exports/crm/*.csv is denied ({message}); check `storage` and what it may read"
        )


def test_a_certificate_is_verified_by_the_authority_of_the_options(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with Standin(lambda request: refusal("AccessDenied", "Access Denied"), tls=tls) as server:
        storage: dict[str, Any] = {"key": KEY, "secret": SECRET, "endpoint_url": server.url}
        assert "TLS with the server of the bucket exports failed" in failure(storage)
        assert "Access Denied" in failure({**storage, "tls": {"ca": str(tmp_path / "ca.pem")}})


def silence(over: Event) -> Iterator[bytes]:
    over.wait(60)
    yield b""


def test_a_server_that_never_answers_ends_the_poll_in_time() -> None:
    over = Event()
    with Standin(lambda request: HttpResponse(pieces=silence(over))) as server:
        text = failure({"key": KEY, "secret": SECRET, "endpoint_url": server.url}, Deadline(1))
        over.set()
    assert text == "table leads: timed out after 1s"


def test_without_credentials_the_poll_says_what_to_write(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert failure({"endpoint_url": s3}) == (
        "table leads: there are no credentials for the bucket exports; write them under `storage`, or `anonymous: true`"
    )


def test_a_public_bucket_is_read_without_credentials(bucket: Bucket) -> None:
    bucket.put("a.csv", leads("l1"), ACL="public-read")
    source = bucket.source("a.csv", storage={"anonymous": True, "endpoint_url": bucket.url})
    assert ids(source) == ["l1"]
    source.close()
