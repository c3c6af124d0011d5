"""The series: which there are for a reading, how companies share them, and that every format is well-formed."""

from __future__ import annotations

import gzip
import math
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample

from exporter.kpis.reading import CompanyReading
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.servers import releases
from tests.support.clocks import Hands
from tests.support.readings import acme, company_reading, kpi, reading, snapshot, source
from tests.support.web_server import StandInExporter, served

pytestmark = pytest.mark.newest

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def exposed(*companies: CompanyReading) -> Exposition:
    current = snapshot(*companies)
    return Exposition(lambda: current)


def parse_openmetrics(text: str) -> Iterable[Metric]:
    families: Iterable[Metric] = openmetrics_parser.text_string_to_metric_families(text)  # type: ignore[no-untyped-call] # the library has no types here
    return families


def series(*companies: CompanyReading) -> Series:
    """Return every sample of the text format, of which none may be there twice."""
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for sample in samples_of(exposed(*companies)):
        key = (sample.name, frozenset(sample.labels.items()))
        assert key not in samples
        samples[key] = sample.value
    return samples


def samples_of(exposition: Exposition) -> Iterable[Sample]:
    families = parse_text(exposition.current.text.plain.decode())
    return [sample for family in families for sample in family.samples]


def one(samples: Series, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


def help_of(name: str, *companies: CompanyReading) -> str:
    families = parse_text(exposed(*companies).current.text.plain.decode())
    return next(family.documentation for family in families if family.name == name)


def test_values_levels_and_facts_of_known_kpis() -> None:
    samples = series(acme())
    assert one(samples, "kpi_mrr_eur", company="acme") == 26353.21
    assert one(samples, "kpi_mrr_by_tier_eur", company="acme", tier="pro") == 24643.21
    assert one(samples, "kpi_gross_margin_ratio", company="acme") == 0.871
    assert one(samples, "kpi_mttr_p1_seconds", company="acme") == 12000
    assert one(samples, "kpi_cash_runway_months", company="acme") == 6.4
    assert one(samples, "kpi_deployment_frequency_per_month", company="acme") == 4.3
    assert one(samples, "kpi_customers", company="acme") == 0
    assert one(samples, "kpi_previous", company="acme", kpi="mrr") == 24356
    assert one(samples, "kpi_target", company="acme", kpi="gross_margin") == 0.85
    assert one(samples, "kpi_threshold", company="acme", kpi="arr", severity="critical") == pytest.approx(448e3)
    assert one(samples, "kpi_plan", company="acme", kpi="arr", scenario="bear") == 300e3
    assert one(samples, "kpi_data_stale_after_seconds", company="acme", kpi="arr") == 630
    assert one(samples, "kpi_data_timestamp_seconds", company="acme", kpi="arr") == 1795348680
    facts = {"title": "Arr", "area": "revenue", "unit": "EUR", "window": "now", "cadence": "monthly"}
    assert one(samples, "kpi_info", company="acme", kpi="arr", **facts) == 1


def test_the_sides_of_a_band_are_told_apart() -> None:
    samples = series(acme())
    about = {"company": "acme", "kpi": "customers_per_engineer"}
    assert one(samples, "kpi_target", **about, bound="lower") == 4
    assert one(samples, "kpi_target", **about, bound="upper") == 8
    assert one(samples, "kpi_threshold", **about, severity="warning", bound="upper") == 8


@pytest.mark.parametrize(("id_", "expected"), [("mrr", 0), ("customers_per_engineer", 1), ("arr", 2), ("nps", None)])
def test_status(id_: str, expected: float | None) -> None:
    assert one(series(acme()), "kpi_status", company="acme", kpi=id_) == expected


def test_an_unknown_kpi_has_facts_and_a_reason_and_no_value() -> None:
    samples = series(acme())
    about_nps = {name for name, labels in samples if ("kpi", "nps") in labels}
    assert "kpi_info" in about_nps
    assert not about_nps & {"kpi_status", "kpi_previous"}
    assert not [name for name, _ in samples if name.startswith("kpi_nps")]
    assert one(samples, "kpi_exporter_kpi_unknown", company="acme", kpi="nps", reason="no_data") == 1
    assert one(samples, "kpi_exporter_kpi_unknown", company="acme", kpi="mrr", reason="no_data") is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_published(value: float) -> None:
    mrr = kpi("mrr", "EUR", by=("tier",))
    samples = series(company_reading([reading(mrr, value, previous=value, breakdowns={"tier": {"pro": value}})]))
    assert not {name for name, _ in samples} & {"kpi_mrr_eur", "kpi_previous", "kpi_mrr_by_tier_eur"}


def test_data_that_was_never_read_has_no_age() -> None:
    mrr = reading(kpi("mrr", "EUR"), None, as_of=None, stale_after=None)
    names = {name for name, _ in series(company_reading([mrr]))}
    assert not names & {"kpi_data_timestamp_seconds", "kpi_data_stale_after_seconds"}


def test_sources() -> None:
    samples = series(acme())
    assert one(samples, "kpi_source_up", company="acme", source="billing") == 1
    assert one(samples, "kpi_source_up", company="acme", source="crm") == 0
    assert one(samples, "kpi_source_up", company="acme", source="desk") is None
    assert one(samples, "kpi_source_last_success_timestamp_seconds", company="acme", source="desk") is None
    assert one(samples, "kpi_source_rejected_rows", company="acme", source="billing", table="customers") == 3
    assert one(samples, "kpi_source_polls_total", company="acme", source="crm") == 12
    assert one(samples, "kpi_source_failures_total", company="acme", source="crm") == 2
    assert one(samples, "kpi_source_skipped_polls_total", company="acme", source="crm") == 1
    assert one(samples, "kpi_source_overdue", company="acme", source="crm") == 0
    assert one(samples, "kpi_source_poll_duration_seconds", company="acme", source="crm") == 0.25


def test_the_exporter_itself() -> None:
    samples = series(acme())
    assert one(samples, "kpi_exporter_config_last_reload_successful") == 1
    assert one(samples, "kpi_exporter_config_last_reload_success_timestamp_seconds") == 1795345200
    assert one(samples, "kpi_exporter_evaluation_duration_seconds", company="acme") == 0.125
    names = {name for name, _ in samples}
    assert {"kpi_exporter_build_info", "process_resident_memory_bytes", "python_info"} <= names


def test_companies_share_a_family() -> None:
    mrr = kpi("mrr", "EUR", definition="Revenue per month")
    first, second = (company_reading([reading(mrr, value)], name) for name, value in (("a", 1.0), ("b", 2.0)))
    text = exposed(first, second).current.text.plain.decode()
    assert text.count("# TYPE kpi_mrr_eur gauge") == 1
    assert '\nkpi_mrr_eur{company="a"} 1.0\nkpi_mrr_eur{company="b"} 2.0\n' in text
    assert help_of("kpi_mrr_eur", first, second) == "Revenue per month. Window: month. Polled every 5m."


def test_companies_that_define_a_kpi_differently_are_named_in_help() -> None:
    first = company_reading([reading(kpi("mrr", "EUR", definition="Run-rate."), 1.0)], "a")
    second = company_reading([reading(kpi("mrr", "EUR", definition="Billed", window="now"), 1.0)], "b", every="1h")
    assert help_of("kpi_mrr_eur", first, second) == (
        "a: Run-rate. Window: month. Polled every 5m. b: Billed. Window: now. Polled every 1h."
    )


def test_a_breakdown_says_by_what() -> None:
    assert help_of("kpi_mrr_by_tier_eur", acme()) == "What mrr counts. By tier. Window: month. Polled every 5m."


def test_the_client_library_renders_the_same_from_the_collector() -> None:
    exposition = exposed(acme(), company_reading([reading(kpi("mrr", "EUR"), None)], "zeta"))
    registry = CollectorRegistry()
    registry.register(exposition)

    def without_process(text: bytes) -> list[bytes]:
        return [line for line in text.splitlines() if b"process_" not in line and b"python_gc_" not in line]

    rendered = exposition.current
    assert without_process(rendered.text.plain) == without_process(generate_latest(registry))
    openmetrics = generate_openmetrics(registry)  # type: ignore[no-untyped-call] # the library has no types here
    assert without_process(rendered.openmetrics.plain) == without_process(openmetrics)


def test_gzip_is_the_same_document() -> None:
    for body in (exposed(acme()).current.text, exposed(acme()).current.openmetrics):
        assert gzip.decompress(body.gzipped) == body.plain
        assert len(body.gzipped) < len(body.plain) / 3


def test_openmetrics_parses_and_knows_units() -> None:
    families = {f.name: f for f in parse_openmetrics(exposed(acme()).current.openmetrics.plain.decode())}
    assert families["kpi_mrr_eur"].unit == "eur"
    assert families["kpi_mttr_p1_seconds"].unit == "seconds"
    assert families["kpi_source_polls"].type == "counter"
    assert families["kpi"].type == "info"


@pytest.mark.integration
def test_promtool_finds_nothing_to_complain_about() -> None:
    text = exposed(acme()).current.text.plain
    promtool = releases.prometheus("promtool")
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@given(title=st.text(), tier=st.text(), definition=st.text().filter(str.strip))
def test_any_text_survives_as_label_and_help(title: str, tier: str, definition: str) -> None:
    mrr = kpi("mrr", "EUR", title=title, by=("tier",), definition=definition)
    rendered = exposed(company_reading([reading(mrr, 1.0, breakdowns={"tier": {tier: 2.0}})])).current
    for families in (
        list(parse_text(rendered.text.plain.decode())),
        list(parse_openmetrics(rendered.openmetrics.plain.decode())),
    ):
        samples = [sample for family in families for sample in family.samples]
        assert next(s.labels["title"] for s in samples if s.name == "kpi_info") == title
        assert next(s.labels["tier"] for s in samples if s.name == "kpi_mrr_by_tier_eur") == tier


def test_what_changed_is_rendered_once_somebody_asks_for_it() -> None:
    current = snapshot(acme())
    exposition = Exposition(lambda: current)
    before = exposition.current
    assert exposition.current is before
    current = snapshot(
        company_reading([reading(kpi("mrr", "EUR"), 7.0)], sources=(source(up=False),)), successful=False
    )
    text = exposition.current.text.plain.decode()
    assert 'kpi_mrr_eur{company="acme"} 7.0\n' in text
    assert "kpi_arr_eur" not in text
    assert "kpi_exporter_config_last_reload_successful 0.0\n" in text


def test_it_is_rendered_again_once_the_clock_was_set() -> None:
    hands, current = Hands(), snapshot(acme())
    exposition = Exposition(lambda: current, hands.clock)
    before = exposition.current
    hands.set(0.005)
    assert exposition.current is before
    hands.set(3600)
    assert exposition.current is not before
    current = snapshot(acme().moved(timedelta(hours=1)))
    samples = {(each.name, each.labels.get("kpi")): each.value for each in samples_of(exposition)}
    assert samples["kpi_data_timestamp_seconds", "arr"] == 1795348680 + 3600


def test_counts_move_while_readings_stay() -> None:
    current = snapshot(acme())
    exposition = Exposition(lambda: current)
    polls = {key: replace(stats, polls=13, duration=None) for key, stats in current.polls.items()}
    current = replace(current, polls=polls, reload=replace(current.reload, last_success=acme().at + timedelta(hours=1)))
    exposition.refresh()
    text = exposition.current.text.plain.decode()
    assert 'kpi_source_polls_total{company="acme",source="crm"} 13.0\n' in text
    assert 'kpi_source_poll_duration_seconds{company="acme"' not in text
    assert 'kpi_mrr_eur{company="acme"} 26353.21\n' in text


def test_what_changed_is_rendered_ahead_once_for_each_scrape() -> None:
    current = snapshot(acme())
    exposition = Exposition(lambda: current)
    before = exposition.latest
    current = snapshot(acme())
    exposition.prepare()
    assert exposition.latest is before  # for which nobody asked
    before.for_accept("")
    exposition.prepare()
    ahead = exposition.latest
    assert ahead is not before
    assert not exposition.outdated
    current = snapshot(acme())
    exposition.prepare()
    assert exposition.latest is ahead


def test_a_scrape_waits_for_no_rendering_that_is_under_way() -> None:
    exporter = StandInExporter(snapshot(acme()))
    exposition = Exposition(exporter.snapshot)
    with served(create_app(exporter, exposition)) as url:
        first = requests.get(f"{url}/metrics", timeout=30)
        exporter.current = snapshot(company_reading([]))
        with exposition._lock:
            assert requests.get(f"{url}/metrics", timeout=30).content == first.content
        assert requests.get(f"{url}/metrics", timeout=30).content != first.content


def test_a_scrape_waits_for_a_rendering_that_is_under_way_where_the_clock_was_set() -> None:
    hands, current = Hands(), snapshot(acme())
    exposition = Exposition(lambda: current, hands.clock)
    with exposition._lock:
        assert exposition.is_rendering
        hands.set(3600)
        assert (exposition.outdated, exposition.is_rendering) == (True, False)
