"""The Prometheus source on real Prometheus servers, with TLS and users; a stand-in where a token is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import ValidationError

from exporter.records.batch import Answer, SourceFailed
from exporter.sources.interface import Deadline, Source
from tests.servers.prometheus import Prometheus
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import options, poll

pytestmark = [pytest.mark.integration, pytest.mark.newest]

PASSWORD = "s3cr3t-pässword"
# bcrypt of PASSWORD
USERS = 'basic_auth_users: {reader: "$2b$04$SlMoJwmiLpGW5fMl7gk4B.FNHo8KxZY8M286QWGov9kq6zY4yEPxC"}\n'
TIERS = " or ".join(
    f'label_replace(label_replace(vector({value}), "tier", "{tier}", "", ""), "zone", "{zone}", "", "")'
    for tier, zone, value in [("gold", "a", "1.5"), ("free", "b", "2"), ("", "c", "3")]
)


def source(url: str, **section: Any) -> Source:
    return options("prometheus", url=url, **section).build("metrics")


def measured(url: str, query: str, by: tuple[str, ...] = (), **section: Any) -> list[Answer]:
    measures = {"m": {"query": query, "unit": "ratio", "by": by}}
    return poll(source(url, measures=measures, **section)).answers


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("vector(0.1)", Decimal("0.1")),
        ("0.995", Decimal("0.995")),
        ("vector(1e300)", Decimal("1e300")),
        ("vector(0) / 0", None),
        ("vector(-1) / 0", None),
        ("0 / 0", None),
        ("no_such_series", None),
    ],
)
def test_a_measure_is_one_number_or_unknown(prometheus: Prometheus, query: str, value: Decimal | None) -> None:
    assert measured(prometheus.url, query) == [Answer("m", value)]


def test_a_breakdown_keeps_the_labels_of_by_and_no_other(prometheus: Prometheus) -> None:
    assert sorted(measured(prometheus.url, TIERS, by=("tier",)), key=lambda answer: answer.labels["tier"]) == [
        Answer("m", Decimal(2), {"tier": "free"}),
        Answer("m", Decimal("1.5"), {"tier": "gold"}),
        Answer("m", Decimal(3), {"tier": "none"}),
    ]
    assert measured(prometheus.url, "no_such_series", by=("tier",)) == [Answer("m", None)]


@pytest.mark.parametrize(
    ("query", "by", "says"),
    [
        (TIERS, (), "several values; name in `by` what tells them apart (tier, zone)"),
        ('label_replace(vector(1), "a", "1", "", "") or vector(2)', (), "what tells them apart (a)"),
        (
            f'label_replace({TIERS}, "same", "x", "", "")',
            ("same",),
            "several values for the same same; name in `by` what tells them apart (",
        ),
        ("vector(1)", ("tier",), "no `tier`, which is named in `by`"),
        ("(vector(1))[5m:]", (), "the query gives a matrix; it has to give a vector or a scalar"),
        ("sum(", (), "answered 400 Bad Request: bad_data: invalid parameter"),
        (
            'label_replace(vector(1), "x", "$1", "job", "(")',
            (),
            "answered 422 Unprocessable Entity: execution: invalid regular expression",
        ),
    ],
)
def test_what_cannot_be_right_says_why(prometheus: Prometheus, query: str, by: tuple[str, ...], says: str) -> None:
    with pytest.raises(SourceFailed, match=f"^measure m: .*{re.escape(says)}"):
        measured(prometheus.url, query, by=by)


def test_a_query_longer_than_an_address_may_be(prometheus: Prometheus) -> None:
    query = f"vector(1) # {'x' * 2_000_000}"
    assert measured(prometheus.url, query) == [Answer("m", Decimal(1))]


def test_each_element_is_a_row_of_a_table(prometheus: Prometheus) -> None:
    table = {
        "query": TIERS,
        "columns": {"customer_id": "zone", "created_at": "timestamp"},
    }
    polled = poll(source(prometheus.url, tables={"customers": table}))
    rows = sorted(polled.rows["customers"], key=lambda row: str(row["customer_id"]))
    assert [(row["customer_id"], row["tier"]) for row in rows] == [("a", "gold"), ("b", "free"), ("c", None)]
    created = rows[0]["created_at"]
    assert isinstance(created, datetime)
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=5)
    assert polled.snapshots == {"customers": True}


def test_a_value_is_a_column_and_nan_is_none(prometheus: Prometheus) -> None:
    table = {
        "query": TIERS,
        "columns": {"team": "zone", "people": "value"},
        "constants": {"effective_on": "2026-01-01"},
    }
    unknown = {**table, "query": 'label_replace(vector(0) / 0, "zone", "a", "", "")'}
    rows = poll(source(prometheus.url, tables={"headcount": table})).rows["headcount"]
    assert {str(row["team"]): row["people"] for row in rows} == {"a": Decimal("1.5"), "b": 2, "c": 3}
    assert poll(source(prometheus.url, tables={"headcount": unknown})).rows["headcount"] == [
        {"team": "a", "effective_on": "2026-01-01", "people": None}
    ]


def test_an_answer_that_may_be_incomplete_fails_unless_accepted(tmp_path: Path) -> None:
    config = 'remote_read: [{{url: "http://127.0.0.1:1/read", read_recent: true}}]\n'
    with Prometheus(tmp_path, config) as server:
        with pytest.raises(SourceFailed, match=r"measure m: the answer may be incomplete: .*connection refused"):
            measured(server.url, "sum(up)")
        assert measured(server.url, "sum(up)", warnings="accept") == [Answer("m", None)]


@dataclass(frozen=True)
class Guarded:
    """A Prometheus behind TLS and a password."""

    url: str
    ca: Path
    other_ca: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "other.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    tls = f"tls_server_config: {{cert_file: {folder}/server.pem, key_file: {folder}/server.pem}}\n"
    with Prometheus(folder, "{{}}", tls + USERS, folder / "ca.pem", ("reader", PASSWORD)) as server:
        yield Guarded(server.url, folder / "ca.pem", folder / "other.pem")


def reader(password: str = PASSWORD) -> dict[str, Any]:
    return {"basic": {"username": "reader", "password": password}}


def test_tls_and_a_password(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(guarded.other_ca))  # `tls` is what counts
    answers = measured(guarded.url, "vector(1)", auth=reader(), tls={"ca": str(guarded.ca)})
    assert answers == [Answer("m", Decimal(1))]


def test_the_authority_is_found_beside_the_catalogue(guarded: Guarded) -> None:
    section = {"url": guarded.url, "auth": reader(), "tls": {"ca": "ca.pem"}}
    measures = {"m": {"query": "vector(1)", "unit": "count"}}
    built = options("prometheus", guarded.ca.parent, **section, measures=measures)
    assert poll(built.build("metrics")).values() == {"m": 1}


def test_a_wrong_password_is_said_without_it(guarded: Guarded) -> None:
    with pytest.raises(SourceFailed, match=r"answered 401 Unauthorized; check `auth`$"):
        measured(guarded.url, "vector(1)", auth=reader("wrong"), tls={"ca": str(guarded.ca)})


@pytest.mark.parametrize("tls", [{}, {"ca": "other.pem"}])
def test_a_certificate_of_another_authority_is_refused(guarded: Guarded, tls: dict[str, str]) -> None:
    section = {"url": guarded.url, "auth": reader(), "tls": tls}
    built = options("prometheus", guarded.ca.parent, **section, tables={"leads": {"query": "vector(1)"}})
    with pytest.raises(SourceFailed, match=r"TLS with https://127.*local issuer certificate"):
        poll(built.build("metrics"))


def test_a_certificate_file_that_is_missing_is_named(guarded: Guarded) -> None:
    with pytest.raises(SourceFailed, match=r"TLS with https://127.* failed: .*nowhere\.pem"):
        measured(guarded.url, "vector(1)", tls={"ca": "nowhere.pem"})


def vector_of(value: str) -> HttpResponse:
    result = [{"metric": {}, "value": [0, value]}]
    return HttpResponse({"status": "success", "data": {"resultType": "vector", "result": result}, "infos": ["x"]})


def test_a_token_and_the_time_that_is_left_are_sent() -> None:
    with Standin(lambda request: vector_of("1")) as server:
        built = source(server.url, auth={"bearer": "t0ken"}, measures={"m": {"query": "up", "unit": "count"}})
        assert poll(built, deadline=Deadline(7.5, lambda: 0.0)).values() == {"m": 1}
        (request,) = server.requests
    assert (request.method, request.path, request.params) == (
        "POST",
        "/api/v1/query",
        {"query": "up", "timeout": "7500ms"},
    )
    assert request.headers["Authorization"] == "Bearer t0ken"


def test_a_server_below_a_path() -> None:
    with Standin(lambda request: vector_of("1")) as server:
        assert measured(f"{server.url}/tenants/a/", "up") == [Answer("m", Decimal(1))]
        assert server.requests[0].path == "/tenants/a/api/v1/query"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse({"hello": "world"}),
        HttpResponse([]),
        HttpResponse({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}}),
        HttpResponse(pieces=[b"<html>"]),
    ],
)
def test_a_server_that_is_no_prometheus_fails(response: HttpResponse) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return response

    with (
        Standin(answer) as server,
        pytest.raises(SourceFailed, match=r"(is `url`|is the address) right\?"),
    ):
        measured(server.url, "up")


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"url": "prometheus:9090"}, "is not an address; write https://host"),
        ({"url": "https://u:s3cret@host"}, "holds a user or a password; write them under `auth`"),
        ({"url": "https://host/?token=s3cret"}, "leave out what follows `?`"),
        ({"url": "https://host:port"}, "is not an address"),
        ({"auth": {}}, "give one of `bearer`, `basic` and `header`"),
        ({"auth": {"bearer": "s3cret", **reader()}}, "give one of `bearer`, `basic` and `header`"),
        ({"auth": {"bearer": "s3cret\n"}}, "has a line break"),
        ({"auth": {"header": {"name": "X Key", "value": "s3cret"}}}, "String should match pattern"),
        ({"tls": {"key": "key.pem"}}, "`key` is given without `cert`"),
        ({"measures": {"m": {"query": "", "unit": "count"}}}, "at least 1 character"),
    ],
)
def test_options_that_cannot_work_are_refused_at_load(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options("prometheus", **{"url": "https://host", **section})
    assert says in str(refused.value)
    assert "s3cret" not in str(refused.value)
