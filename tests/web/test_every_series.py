"""A real /metrics of an exporter that has every kind of series, against the table of fixed series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import requests
from prometheus_client.metrics_core import Metric

from exporter.calendar import windows
from exporter.calendar.windows import Period
from exporter.catalogue.language import benchmarks, classes, objectives, thresholds
from exporter.catalogue.language.plans import Scenario
from exporter.fixed_series import FIXED_SERIES, OF_THE_PROCESS, FixedSeries
from exporter.kpis.projection import Projection
from exporter.kpis.projection_methods import Method
from exporter.kpis.reading import CompanyReading, Reason, ToDate, Unknown
from exporter.kpis.working_time import EVEN
from exporter.records.database_schema import ANSWERS
from exporter.records.state import EstimatedTable, Held
from exporter.web.access.gate import AccessFiles
from exporter.web.access.settings import WebSettings
from tests.support.readings import NOW, acme, company_reading, kpi, reading, snapshot, source
from tests.support.web_server import StandInExporter, serve_exporter
from tests.web.test_exposition import parse_openmetrics

OPENMETRICS = {"accept": "application/openmetrics-text;version=1.0.0"}


def everything() -> CompanyReading:
    """Return KPIs with every form of level, one unknown, one not connected, and a source with bad rows."""
    plain = kpi("ltv_cac", "ratio n:1", by=("tier", "city"))
    band = thresholds.parse("outside 3 to 5", plain.unit, target=False)
    segment = thresholds.parse("< 3, < 2 (SMB)", plain.unit, target=False, segmented=True)
    ltv_cac = replace(
        plain,
        window=windows.parse("month"),
        segments="tier",
        target=thresholds.parse("> 3, > 2 (SMB)", plain.unit, target=True, segmented=True),
        warning=band,
        critical=segment,
        classes=(classes.parse("healthy", "3 to 5", plain.unit),),
        benchmarks=(benchmarks.parse("peers", "3 to 4", plain.unit), benchmarks.parse("best", "9", plain.unit)),
        objectives=(objectives.parse("2026-Q1", "Grow", "KR1", "< 5", plain.unit, lower=False),),
    )
    not_connected = Unknown(Reason.NOT_CONNECTED, "not connected: connect tickets")
    banded = kpi("load", "ratio n:1", target="4 to 8", formula="ltv_cac")
    reply = kpi("reply", "duration", warning="> 1 h")
    held = Held("billing", ANSWERS, 50, 45, 5, NOW, NOW - timedelta(hours=1), accepted=False)
    estimated = EstimatedTable("billing", ANSWERS, NOW, "changes leave no trace")
    bad = source(
        rows={ANSWERS: 5},
        rejected={ANSWERS: 2},
        reasons={ANSWERS: 'tier: "x" is not one'},
        held={ANSWERS: held},
        estimated={ANSWERS: estimated},
        corrections=1,
    )
    return company_reading(
        [
            reading(
                ltv_cac,
                3.5,
                previous=3.0,
                breakdowns={"tier": {"SMB": 2.5}},
                withheld=("city",),
                plan={Scenario.BASE: 7.0},
                segment_plan={"SMB": 2.0},
                scenarios={"bad_year": 3.1},
                to_date=ToDate(Period(NOW - timedelta(days=1), NOW), 3.4, None, plan=6.5),
                at_close=3.3,
                estimated=(estimated,),
                projection=Projection(3.4, 0.5, EVEN, {"0.1": 3.2, "0.5": 3.6, "0.9": 4.1}, (Method.REST,), ()),
                expected_beyond={"warning": True},
                expected_crossing={"critical": NOW + timedelta(days=9)},
                in_force={
                    "warning": dict.fromkeys(band.bounds, True),
                    "critical": dict.fromkeys(segment.bounds, False),
                },
            ),
            reading(reply, 60.0),
            reading(banded, None),
            reading(kpi("tickets", "count"), None, unknown=not_connected),
        ],
        name="zeta",
        sources=(bad,),
    )


@dataclass
class Family:
    """A family as /metrics has it; `labels` are on every sample, `optional` on some."""

    type: str
    unit: str
    help: str
    labels: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)


def by_sample_name(families: Collection[Metric]) -> Mapping[str, Family]:
    """Return the families by the name of their samples."""
    labels: dict[str, list[set[str]]] = defaultdict(list)
    by_name: dict[str, Family] = {}
    for family in families:
        for sample in family.samples:
            by_name[sample.name] = Family(family.type, family.unit, family.documentation)
            labels[sample.name].append(set(sample.labels))
    for name, of_name in by_name.items():
        of_name.labels = set.intersection(*labels[name])
        of_name.optional = set.union(*labels[name]) - of_name.labels
    return by_name


def declared(series: FixedSeries) -> Family:
    return Family(series.type, series.unit, series.help, set(series.labels), set(series.optional))


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Family]:
    web_config = tmp_path_factory.mktemp("web") / "web.yml"
    web_config.write_text("{}")
    exporter = StandInExporter(snapshot(acme(), everything()))
    with serve_exporter(exporter, WebSettings(files=AccessFiles(web_config))) as address:
        text = requests.get(f"{address}/metrics", headers=OPENMETRICS, timeout=10).text
    return by_sample_name(list(parse_openmetrics(text)))


def test_each_series_that_is_no_kpis_own_is_as_the_table_declares_it(families: Mapping[str, Family]) -> None:
    of_kpis = {
        metric
        for company in (acme(), everything())
        for each in company.kpis
        for metric in map(each.kpi.metric, (None, *each.kpi.by))
    }
    fixed = {name: family for name, family in families.items() if name not in of_kpis}
    fixed = {name: family for name, family in fixed.items() if not name.startswith(OF_THE_PROCESS)}
    assert fixed == {name: declared(series) for name, series in FIXED_SERIES.items()}


def test_kpis_and_the_process_are_exposed_beside_them(families: Mapping[str, Family]) -> None:
    assert {"kpi_mrr_by_tier_eur", "kpi_mrr_eur", "process_cpu_seconds_total", "python_info"} <= families.keys()
