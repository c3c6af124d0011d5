"""The paths, over HTTP: negotiation, health, reload, explanations, and headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from starlette.requests import Request

from exporter.catalogue.reading.problems import CatalogueError, Place, Problem
from exporter.web.access.settings import WebSettings
from tests.servers.process import wait_until
from tests.support.readings import acme, snapshot, source
from tests.support.web_server import StandInExporter, serve_exporter

PROMETHEUS_2 = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
REFUSAL = CatalogueError(
    [
        Problem(Place(Path("acme.yaml"), 11, 4, "    target: > 99.9%"), "kpis.uptime.target", "needs quotes"),
        Problem(Place(Path("acme.yaml"), 20, 2, "  mrrr:"), "kpis.mrrr", "there is no measure"),
    ]
)


class Site(SimpleNamespace):
    """An exporter and the address that shows it."""

    exporter: StandInExporter
    url: str


@pytest.fixture
def site() -> Iterator[Site]:
    exporter = StandInExporter(snapshot(acme()))
    with serve_exporter(exporter, settings=WebSettings(lifecycle=True)) as address:
        yield Site(exporter=exporter, url=address)


def get(site: Site, path: str, **headers: str) -> requests.Response:
    return requests.get(site.url + path, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", "1.0"),
        ("text/plain", "text/plain; version=0.0.4; charset=utf-8", ""),
        ("text/plain;version=1.0.0;escaping=dots", "text/plain; version=0.0.4; charset=utf-8", ""),
        ("application/openmetrics-text;version=0.0.1", "text/plain; version=0.0.4; charset=utf-8", ""),
        ("application/openmetrics-text;q=0.1,text/plain", "text/plain; version=0.0.4; charset=utf-8", ""),
        ("application/openmetrics-text;q=0,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8", ""),
        ("application/openmetrics-text;q=nan,text/plain;q=0.1", "text/plain; version=0.0.4; charset=utf-8", ""),
        ("application/openmetrics-text;version=abc", "text/plain; version=0.0.4; charset=utf-8", ""),
        (
            "text/plain;q=0.5,*/*",
            OPENMETRICS,
            "# EOF",
        ),
        (PROMETHEUS_2, OPENMETRICS, "# EOF"),
        (PROMETHEUS_3, OPENMETRICS, "# EOF"),
    ],
)
def test_the_format_is_negotiated(site: Site, accept: str, content_type: str, end: str) -> None:
    answer = get(site, "/metrics", accept=accept)
    assert answer.headers["content-type"] == content_type
    assert answer.text.endswith("# EOF\n") == (end == "# EOF")
    assert 'kpi_mrr_eur{company="acme"} 26353.21\n' in answer.text


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("deflate, GZIP;q=0.5", "gzip"),
        ("identity", None),
        ("br", None),
        ("gzip;q=0", None),
        ("gzip;q=0.1, identity", None),
        ("*", "gzip"),
        ("gzip;q=2, *;q=0", None),
    ],
)
def test_the_encoding_is_negotiated(site: Site, accepted: str, encoding: str | None) -> None:
    answer = get(site, "/metrics", **{"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert 'kpi_mrr_eur{company="acme"} 26353.21\n' in answer.text


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/kpis"])
def test_head_gives_headers_only(site: Site, path: str) -> None:
    answer = requests.head(site.url + path, timeout=10)
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0
    assert answer.headers["content-type"].split(";")[0] == get(site, path).headers["content-type"].split(";")[0]


def test_figures_of_the_process_are_refreshed_without_a_scrape() -> None:
    exporter = StandInExporter(snapshot(acme()))
    with serve_exporter(exporter, refresh_seconds=0.05) as address:
        site = Site(exporter=exporter, url=address)
        exporter.current = replace(exporter.current, evaluation_seconds={"acme": 0.5})
        wait_until(lambda: '_seconds{company="acme"} 0.5\n' in get(site, "/metrics").text, "the timer")


def test_a_snapshot_that_cannot_be_rendered_leaves_the_last_one(caplog: pytest.LogCaptureFixture) -> None:
    exporter = StandInExporter(snapshot(acme()))
    with serve_exporter(exporter, refresh_seconds=0.05) as address:
        exporter.current = replace(exporter.current, evaluation_seconds={"acme": None})  # type: ignore[dict-item] # a bug
        wait_until(lambda: "what was rendered before stays" in caplog.text, "the error")
        assert "kpi_mrr_eur" in get(Site(exporter=exporter, url=address), "/metrics").text
        exporter.current = snapshot(replace(acme(), kpis=()))
        wait_until(
            lambda: "kpi_mrr_eur" not in requests.get(f"{address}/metrics", timeout=10).text, "the timer going on"
        )


def test_healthy(site: Site) -> None:
    answer = get(site, "/-/healthy")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_not_ready_until_every_source_was_tried_or_restored(site: Site) -> None:
    answer = get(site, "/-/ready")
    assert (answer.status_code, answer.text) == (503, "acme: desk was not tried yet\n")
    restored = source(name="desk", up=None)
    site.exporter.current = snapshot(replace(acme(), sources=(source(up=False, last_success=None), restored)))
    assert get(site, "/-/ready").status_code == 200


def test_reload(site: Site) -> None:
    answer = requests.post(f"{site.url}/-/reload", timeout=10)
    assert (answer.status_code, site.exporter.reloads) == (200, 1)


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "Via"])
def test_reloading_from_another_machine_is_off_unless_it_is_wanted(header: str) -> None:
    exporter = StandInExporter(snapshot(acme()))
    with serve_exporter(exporter) as address:
        handed_on = requests.post(f"{address}/-/reload", headers={header: "10.0.0.7"}, timeout=10)
        assert (handed_on.status_code, exporter.reloads) == (403, 0)
        assert handed_on.text == (
            "reloading from another machine is off; send SIGHUP, or start the exporter with --web.enable-lifecycle\n"
        )
        assert requests.post(f"{address}/-/reload", timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("client", "host", "may"),
    [
        ("127.0.0.1", "127.0.0.1:9847", True),
        ("::1", "[::1]:9847", True),
        ("127.0.0.1", "localhost:9847", True),
        ("::ffff:127.0.0.1", "127.0.0.1:9847", True),
        ("::ffff:10.0.0.7", "127.0.0.1:9847", False),
        ("127.0.0.1", "kpi.example.com", False),
        ("10.0.0.7", "10.0.0.1:9847", False),
        ("10.0.0.7", "127.0.0.1:9847", False),
    ],
)
def test_what_a_request_of_this_machine_is(client: str, host: str, may: bool) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/-/reload",
        "query_string": b"",
        "server": ("127.0.0.1", 9847),
        "client": (client, 40000),
        "headers": [(b"host", host.encode())],
    }
    assert WebSettings().may_reload(Request(scope)) is may
    assert WebSettings(lifecycle=True).may_reload(Request(scope))


def test_a_refused_reload_reports_every_problem_and_is_a_metric(site: Site) -> None:
    site.exporter.refusal = REFUSAL
    site.exporter.current = snapshot(acme(), successful=False)
    answer = requests.post(f"{site.url}/-/reload", timeout=10)
    assert answer.status_code == 400
    assert answer.text == f"{REFUSAL}\n"
    assert "acme.yaml:12:5: kpis.uptime.target: needs quotes" in answer.text
    after = get(site, "/metrics").text
    assert "kpi_exporter_config_last_reload_successful 0.0\n" in after
    assert "kpi_mrr_eur" in after


def test_reading_does_not_reload(site: Site) -> None:
    assert get(site, "/-/reload").status_code == 405
    assert requests.head(f"{site.url}/-/reload", timeout=10).status_code == 405
    assert site.exporter.reloads == 0


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("", None),
        ("2026-03-31", datetime(2026, 3, 30, 22, tzinfo=UTC)),
        ("2026-03-31T12:00:00", datetime(2026, 3, 31, 10, tzinfo=UTC)),
        ("2026-03-31T12:00:00Z", datetime(2026, 3, 31, 12, tzinfo=UTC)),
    ],
)
def test_explain(site: Site, inputs: str, expected: datetime | None) -> None:
    answer = get(site, f"/api/v1/explain?company=acme&kpi=mrr&as_of={inputs}")
    assert (answer.status_code, answer.text.splitlines()[0]) == (200, "Monthly recurring revenue (acme, mrr)")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    get(site, f"/api/v1/explain?company=acme&kpi=mrr&known_at={inputs}")
    names = expected + timedelta(days=1, microseconds=-1) if expected and len(inputs) == 10 else expected
    assert site.exporter.explained == [("acme", "mrr", expected, None), ("acme", "mrr", None, names)]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("", 400, "say which"),
        ("company=acme", 400, "say which"),
        ("company=acm&kpi=mrr", 404, "there is no company 'acm'; did you mean `acme`?"),
        ("company=acme&kpi=cash_runwy", 404, "acme has no KPI 'cash_runwy'; did you mean `cash_runway`?"),
        ("company=acme&kpi=mrr&as_of=yesterday", 400, "as_of: 'yesterday' is not a date or time; write 2026-03-31"),
        ("company=acme&kpi=mrr&as_of=0001-01-01", 400, "as_of: '0001-01-01' is not a date or time"),
        ("company=acme&kpi=mrr&as_of=2026-03-31&known_at=lately", 400, "known_at: 'lately' is not a date or time"),
    ],
)
def test_explain_says_what_to_ask_instead(site: Site, query: str, status: int, message: str) -> None:
    answer = get(site, f"/api/v1/explain?{query}")
    assert answer.status_code == status
    assert message in answer.text
    assert not site.exporter.explained


def test_kpis_as_json(site: Site) -> None:
    (company,) = get(site, "/api/v1/kpis").json()["companies"]
    kpis = {each["id"]: each for each in company["kpis"]}
    assert (company["company"], company["evaluated"]) == ("acme", "2026-11-22T12:00:00+00:00")
    assert kpis["mrr"]["value"] == 26353.21
    assert kpis["mrr"]["metric"] == "kpi_mrr_eur"
    assert kpis["mrr"]["breakdowns"] == {"tier": {"starter": 1710.0, "pro": 24643.21}}
    assert kpis["arr"]["plan"] == {"base": 560e3, "bear": 300e3}
    assert kpis["gross_margin"]["thresholds"]["critical"] == [{"comparison": "<", "limit": 0.7}]
    assert kpis["nps"]["value"] is None
    assert kpis["nps"]["unknown"] == {"reason": "no_data", "detail": "no rows for nps"}
    assert [kpis[id_]["status"] for id_ in ("mrr", "arr", "nps")] == ["in order", "critical", "unknown"]
    assert [each["up"] for each in company["sources"]] == [True, False, None]


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/nowhere", "/-/reload"])
def test_every_answer_is_safe_to_open(site: Site, path: str) -> None:
    headers = get(site, path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("private, no-cache" if path == "/" else "no-store")
    assert "server" not in headers
