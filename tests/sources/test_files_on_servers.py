"""Files behind https addresses, as web servers, Google and login pages answer for them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import trustme

from exporter.records.batch import SourceFailed
from exporter.sources.files import Files
from exporter.sources.interface import Deadline
from tests.servers.process import free_port
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import options, poll

LEADS = b"lead_id,created_at\nl1,2026-01-01\n"
MORE_LEADS = b"lead_id,created_at\nl1,2026-01-01\nl2,2026-01-02\n"


def csv(content: bytes = LEADS, status: int = 200, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status=status, headers={"Content-Type": "text/csv", **named}, pieces=[content])


def source(url: str, folder: Path | None = None, **section: Any) -> Files:
    table = {"path": url, **section.pop("table", {})}
    built = options("files", folder, tables={"leads": table}, **section).build("sheets")
    assert isinstance(built, Files)
    return built


def ids(files: Files, cursor: dict[str, str] | None = None) -> list[object]:
    return [row["lead_id"] for row in poll(files, cursor).rows["leads"]]


def failure(files: Files, deadline: Deadline | None = None) -> str:
    with pytest.raises(SourceFailed) as raised:
        poll(files, deadline=deadline)
    files.close()
    return str(raised.value)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def ca(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture
def plain() -> Iterator[Standin]:
    with Standin(lambda request: csv()) as server:
        yield server


def test_a_file_is_read_over_tls_that_is_verified(tls: ssl.SSLContext, ca: str) -> None:
    with Standin(lambda request: csv(), tls=tls) as server:
        files = source(f"{server.url}/exports/leads.csv", storage={"tls": {"ca": ca}})
        assert ids(files) == ["l1"]
        files.close()
        assert "certificate" in failure(source(f"{server.url}/exports/leads.csv"))


@pytest.mark.parametrize("answers_304", [True, False])
def test_a_file_that_did_not_change_is_not_downloaded_again(plain: Standin, answers_304: bool) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        if answers_304 and request.headers.get("If-None-Match") == '"v1"':
            return HttpResponse(status=304, pieces=[])
        return csv(ETag='"v1"')

    plain.answer = answer
    files, cursor = source(f"{plain.url}/leads.csv"), dict[str, str]()
    assert ids(files, cursor) == ["l1"]
    assert poll(files, cursor).unchanged == ["leads"]
    files.close()
    after_a_restart = source(f"{plain.url}/leads.csv")
    assert poll(after_a_restart, cursor).unchanged == ["leads"]
    plain.answer = lambda request: csv(MORE_LEADS, ETag='"v2"')
    assert ids(after_a_restart, cursor) == ["l1", "l2"]
    after_a_restart.close()


def test_a_server_that_marks_no_versions_is_compared_by_content(plain: Standin) -> None:
    files, cursor = source(f"{plain.url}/leads.csv"), dict[str, str]()
    assert ids(files, cursor) == ["l1"]
    assert poll(files, cursor).unchanged == ["leads"]
    plain.answer = lambda request: csv(MORE_LEADS)
    assert ids(files, cursor) == ["l1", "l2"]
    files.close()


def test_other_options_read_a_file_again_that_did_not_change(plain: Standin) -> None:
    plain.answer = lambda request: (
        HttpResponse(status=304, pieces=[]) if "If-None-Match" in request.headers else csv(ETag='"v1"')
    )
    cursor = dict[str, str]()
    first = source(f"{plain.url}/leads.csv")
    assert ids(first, cursor) == ["l1"]
    first.close()
    second = source(f"{plain.url}/leads.csv", table={"constants": {"channel": "fair"}})
    assert ids(second, cursor) == ["l1"]
    second.close()


def test_two_tables_of_one_address_are_two_tables_of_one_file(plain: Standin) -> None:
    plain.answer = lambda request: (
        HttpResponse(status=304, pieces=[]) if "If-None-Match" in request.headers else csv(ETag='"v1"')
    )
    url = f"{plain.url}/leads.csv"
    deals = {"path": url, "columns": {"deal_id": "lead_id"}, "constants": {"amount": "1", "currency": "EUR"}}
    files = options("files", tables={"leads": {"path": url}, "deals": deals}).build("sheets")
    polled = poll(files)
    assert (len(polled.rows["leads"]), len(polled.rows["deals"])) == (1, 1)
    files.close()


def test_a_file_is_read_where_an_allowed_redirect_leads_to(tls: ssl.SSLContext, ca: str) -> None:
    with Standin(lambda request: csv(), host="localhost", tls=tls) as content:
        there = f"{content.url}/pub/abc/def?output=csv"
        moved = HttpResponse(status=307, headers={"Location": there, "Content-Type": "text/html"}, pieces=[b"<HTML>"])
        with Standin(lambda request: moved, tls=tls) as google:
            url = f"{google.url}/spreadsheets/d/e/2PACX-1vS/pub?gid=0&single=true&output=csv"
            storage = {"tls": {"ca": ca}, "redirects_to": [f"localhost:{content.port}"]}
            files = source(url, storage=storage, table={"format": "csv"})
            assert ids(files) == ["l1"]
            files.close()
        assert google.requests[0].params == {"gid": "0", "single": "true", "output": "csv"}
        assert content.requests[0].params == {"output": "csv"}


def test_credentials_are_not_sent_where_a_server_redirects_to(plain: Standin) -> None:
    with Standin(lambda request: csv(), host="localhost") as other:
        plain.answer = lambda request: HttpResponse(status=307, headers={"Location": f"{other.url}/x"})
        secret = {"auth": {"bearer": "t0ken-of-mine"}}
        message = failure(source(f"{plain.url}/leads.csv", storage=secret))
        assert other.requests == []
    assert "which is another server and gets no credentials" in message
    assert "t0ken" not in message


def test_credentials_are_sent_to_the_server_of_the_address(plain: Standin) -> None:
    files = source(f"{plain.url}/leads.csv", storage={"auth": {"bearer": "t0ken-of-mine"}, "headers": {"X-Team": "a"}})
    assert ids(files) == ["l1"]
    assert plain.requests[0].headers["Authorization"] == "Bearer t0ken-of-mine"
    assert plain.requests[0].headers["X-Team"] == "a"
    files.close()


@pytest.mark.process
def test_a_workbook_without_a_name_for_one_is_read(plain: Standin, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["lead_id", "created_at"], ["l7", "2026-01-01"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "book.xlsx")
    book.close()
    plain.answer = lambda request: csv((tmp_path / "book.xlsx").read_bytes())
    files = source(f"{plain.url}/d/1x/export?format=xlsx", table={"format": "workbook"})
    assert ids(files) == ["l7"]
    files.close()


def test_the_parameters_of_an_address_are_in_no_message(plain: Standin) -> None:
    plain.answer = lambda request: HttpResponse({"error": "no"}, status=403)
    message = failure(source(f"{plain.url}/leads.csv?sig=s3cr3t-signature"))
    assert "answered 403 Forbidden" in message
    assert "s3cr3t" not in message
    assert "s3cr3t" not in repr(options("files", tables={"leads": {"path": f"{plain.url}/leads.csv?sig=s3cr3t"}}))


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html><body>Sign in", b"\xef\xbb\xbf\n<html lang='de'>"])
def test_a_page_that_asks_for_a_login_is_no_file(plain: Standin, page: bytes) -> None:
    plain.answer = lambda request: csv(page)
    message = failure(source(f"{plain.url}/d/e/2PACX-1vS/pub?output=csv", table={"format": "csv"}))
    assert message == (
        f"table leads: {plain.url}/…/pub gives a web page, not a file; is it published, or does it ask for a login?"
    )


def test_a_file_that_is_longer_than_the_limit_is_not_read(plain: Standin) -> None:
    plain.answer = lambda request: csv(LEADS * 1000)
    message = failure(source(f"{plain.url}/leads.csv", max_file="10KB"))
    assert "is longer than `max_file` (9.8KiB)" in message


def test_a_file_that_breaks_off_is_not_half_a_table(plain: Standin) -> None:
    plain.answer = lambda request: csv(LEADS, Content_Length="5000")
    files, cursor = source(f"{plain.url}/leads.csv"), dict[str, str]()
    with pytest.raises(SourceFailed, match="did not answer"):
        poll(files, cursor, Deadline(2))
    assert cursor == {}
    files.close()


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    message = failure(source(f"http://127.0.0.1:{free_port()}/leads.csv"), Deadline(1))
    assert message.endswith("did not answer: Connection refused")
