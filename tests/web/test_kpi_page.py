"""A KPI's own page: calculation, history with thresholds, alerts and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page
from pydantic import SecretStr

from exporter.analysis.explain.answer import Explanation, Input, Origin, Term
from exporter.catalogue.alert_routing import Alerting
from exporter.catalogue.language import plans
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import parse as parse_condition
from exporter.catalogue.schema.alerting import Channels, Pagerduty, Slack
from exporter.catalogue.schema.company import Notify
from exporter.history.progress import HistoryProgress
from exporter.kpis.display_status import DisplayStatus
from exporter.kpis.reading import CompanyReading, Reason, Status, Unknown
from exporter.measures.model import Measure
from exporter.records.state import SourceState
from exporter.web.pages.history_section import values_table
from tests.support.readings import NOW, acme, company_reading, kpi, reading, snapshot, source
from tests.support.web_server import StandInExporter, serve_exporter
from tests.web.past import towards, track

pytestmark = pytest.mark.integration

SECRET = SecretStr("/run/secrets/of-alertmanager")

LTV = replace(
    kpi("ltv", "EUR", formula="arpu * margin / churn", critical="< 100", title="Lifetime value"),
    note="The document prints another number.",
    owner="finance",
    action="Raise prices",
    notify=Notify.PAGE,
)


def company() -> CompanyReading:
    arr = next(each for each in acme().kpis if each.kpi.id == "arr")
    readings = [reading(LTV, 90.0, status=Status.CRITICAL, previous=120.0), reading(kpi("margin", "ratio"), 0.8), arr]
    of_readings = company_reading(readings)
    people = {
        "finance": Channels(slack=Slack(channel="#money", api_url_file=SECRET), email=("money@example.com",)),
        "ops": Channels(pagerduty=Pagerduty(routing_key_file=SECRET), email=("ops@example.com",)),
    }
    return replace(of_readings, company=replace(of_readings.company, alerting=Alerting(people, default="ops")))


def explanation(of: CompanyReading) -> Explanation:
    state = SourceState(NOW, NOW - timedelta(minutes=2), "timed out", {})
    measure = Measure(
        "arpu", "What a user pays", kpi("arpu", "EUR").unit, (), sql="SELECT", tables=frozenset({"assets"})
    )
    return Explanation(
        company=of.company,
        reading=of.kpis[0],
        now=NOW,
        moment=None,
        terms=(
            Term("arpu", "arpu", Decimal("4.5"), "EUR", until=datetime(2026, 10, 31, 23, tzinfo=UTC)),
            Term(
                "margin",
                "margin",
                Decimal("0.8"),
                "ratio",
                formula="1 - costs / mrr",
                terms=(Term("costs", "costs", Unknown(Reason.NO_DATA, "no costs in October"), "EUR"),),
            ),
        ),
        inputs=(Input(measure, (Origin("assets", "billing", 1234, state), Origin("invoices"))),),
        plans={},
        revenue=None,
    )


@pytest.fixture
def exporter() -> StandInExporter:
    stand_in = StandInExporter(snapshot(company()))
    stand_in.explanations = {"ltv": explanation(company())}
    stand_in.tracks = {"ltv": track([80.0, 110.0, None, 95.0, 90.0]), "arr": towards(company().kpis[2], 40)}
    return stand_in


@pytest.fixture
def site(exporter: StandInExporter) -> Iterator[str]:
    with serve_exporter(exporter) as address:
        yield address


def text(page: Page, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().split())


def test_its_head(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/ltv")
    assert page.title() == "Lifetime value: €90.00 · Acme"
    assert text(page, "div.now") == "€90.00 critical < €100"
    assert text(page, ".facts") == "Target – none Previous period €120 −25% Owner finance Reviewed monthly"
    assert text(page, ".crumbs") == "Acme \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Revenue"


def test_how_its_number_comes_about(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/ltv")
    assert text(page, "[data-part=formula] > p > .formula") == "ltv = arpu * margin / churn"
    terms = page.locator("[data-part=formula] > .terms > li")
    assert [" ".join(each.inner_text().split()) for each in terms.all()] == [
        "arpu 4.5 EUR up to 1 Nov 2026 00:00",
        "margin 0.8 ratio 1 - costs / mrr costs unknown: no costs in October",
    ]
    assert text(page, ".note") == "The document prints another number."
    row = "arpu EUR What a user pays assets billing 1,234 2 min ago timed out – none"
    assert [" ".join(each.inner_text().split()) for each in page.locator("#inputs tbody tr").all()] == [
        row,
        "arpu EUR What a user pays invoices no source fills this table – none – none – none – none",
    ]
    page.click(".terms a:text('margin')")
    assert page.url == f"{site}/kpi/acme/margin"
    assert text(page, "#inputs").endswith("Used by: Lifetime value Explanation as text · Open in Grafana")


def test_its_alert_says_what_raises_it_who_is_told_and_what_to_do(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/ltv")
    alert = text(page, ".alert")
    assert alert.startswith("KpiLtvLow critical < €100 notifies: finance, at any hour, by PagerDuty min by (company)")
    assert "Action Raise prices" in alert
    assert "example.com" not in text(page, ".alert dl")
    page.click("text=Runbook")
    runbook = text(page, ".runbook")
    assert "Lifetime value has crossed a threshold of Acme." in runbook
    assert "level value critical < €100" in runbook
    assert page.locator(".runbook h4").first.inner_text() == "Meaning"
    assert page.locator(".alert .below a").get_attribute("href") == "https://example.org/runbooks/KpiLtvLow.md"


def test_where_else_it_is_told_of(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/ltv")
    assert [link.get_attribute("href") for link in page.locator("#inputs > .below:last-child a").all()] == [
        "../../api/v1/explain?company=acme&kpi=ltv",
        "../../api/v1/backtest?company=acme&kpi=ltv&since=2026-08-24",
        "https://example.org/grafana/d/kpi-acme-kpi?var-kpi=ltv",
    ]


def test_its_chart_has_the_levels_at_their_heights(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/ltv")
    assert page.locator(".chart polyline.value").count() == 2, "what is unknown is a gap"
    marks = {each.text_content(): float(each.get_attribute("y") or 0) - 4 for each in page.locator(".chart text").all()}
    critical = page.locator(".chart polyline.critical").get_attribute("points") or ""
    heights = {float(point.partition(",")[2]) for point in critical.split()}
    assert heights == {marks["€100"]}
    assert "Critical < 100 €100" in text(page, ".legend")
    label = page.locator(".chart").get_attribute("aria-label")
    assert label == "Lifetime value over time: from €80.00 to €90.00, between €80.00 and €110"


def test_the_status_of_a_past_value_looks_at_its_target_too() -> None:
    """Show the table of values, the latest first, of KPIs of which no threshold is crossed."""
    of_target = kpi("arpu", "EUR", target=">= 100")
    of_plan = kpi("sales", "EUR", target="plan")
    of_segment = replace(kpi("leads", "count", by=("plan",)), segments="plan")
    of_segment = replace(of_segment, target=parse_condition("> 5 (pro)", of_segment.unit, target=True, segmented=True))
    watched, bare = kpi("users", "count", critical="< 10"), kpi("visits", "count")
    of_each = (of_target, of_plan, of_segment, watched, bare)
    company = company_reading([reading(each, 100.0) for each in of_each])
    statuses = {
        each.id: [row[2] for row in values_table(company.company, each, series, "").rows]
        for each in of_each
        for series in [track([99.0, None, 100.0], plan=99.5)]
    }
    assert statuses == {
        "arpu": [DisplayStatus.OK, DisplayStatus.UNKNOWN, DisplayStatus.OFF_TARGET],
        "sales": [DisplayStatus.OK, DisplayStatus.UNKNOWN, DisplayStatus.OFF_TARGET],
        "leads": [None, DisplayStatus.UNKNOWN, None],
        "users": [DisplayStatus.OK, DisplayStatus.UNKNOWN, DisplayStatus.OK],
        "visits": [DisplayStatus.NO_TARGET, DisplayStatus.UNKNOWN, DisplayStatus.NO_TARGET],
    }


def test_plans_and_shares_of_them_are_drawn_as_they_moved(exporter: StandInExporter, page: Page) -> None:
    (arr,) = (each for each in company().kpis if each.kpi.id == "arr")
    values = towards(arr, 40)
    exporter.tracks = {"arr": replace(values, plan=[300e3 + 1e3 * day for day in range(40)])}
    bull = plans.parse("2026-10-01 300K, 2026-12-01 400K", arr.kpi.unit)
    explained = Explanation(company().company, arr, NOW, None, (), (), {Scenario.BULL: bull}, None)
    exporter.explanations = {"arr": explained}
    with serve_exporter(exporter) as address:
        page.goto(f"{address}/kpi/acme/arr?range=90d")
        legend = text(page, ".legend")
        assert "Plan €339K" in legend
        assert "Plan, bull €386.1K" in legend
        assert "Critical < 80% of plan €271.2K" in legend
        for kind in ("plan", "scenario", "critical"):
            points = (page.locator(f".chart polyline.{kind}").get_attribute("points") or "").split()
            first, last = (float(point.partition(",")[2]) for point in (points[0], points[-1]))
            assert first > last, "further up"


def test_how_far_back_is_chosen_by_links(exporter: StandInExporter, site: str, page: Page) -> None:
    (ltv,) = (each for each in company().kpis if each.kpi.id == "ltv")
    exporter.tracks = {"ltv": towards(ltv, 1200)}
    page.goto(f"{site}/kpi/acme/ltv?range=90d&theme=dark")
    assert text(page, ".ranges [aria-current]") == "90d"
    page.click(".ranges >> text=3y")
    assert page.url == f"{site}/kpi/acme/ltv?range=3y&theme=dark#time"
    page.goto(f"{site}/kpi/acme/ltv?range=a-while")
    assert text(page, ".ranges [aria-current]") == "1y"


@pytest.mark.parametrize(
    ("days", "offered", "chosen"),
    [
        (5, "since 18 November 2026", "range=30d"),
        (40, "30d since October 2026", "range=90d"),
        (300, "30d 90d since January 2026", "range=1y"),
    ],
)
def test_no_range_is_longer_than_the_history(
    days: int, offered: str, chosen: str, exporter: StandInExporter, site: str, page: Page
) -> None:
    (ltv,) = (each for each in company().kpis if each.kpi.id == "ltv")
    exporter.tracks = {"ltv": towards(ltv, days)}
    page.goto(f"{site}/kpi/acme/ltv?range=3y")
    assert text(page, ".ranges") == offered
    assert text(page, ".ranges [aria-current]") == "since " + offered.rpartition("since ")[2]
    assert chosen in (page.locator(".ranges [aria-current]").get_attribute("href") or "")


def test_it_says_from_when_on_there_is_a_history_and_how_far_it_has_come(
    exporter: StandInExporter, site: str, page: Page
) -> None:
    (ltv,) = (each for each in company().kpis if each.kpi.id == "ltv")
    exporter.tracks = {"ltv": towards(ltv, 40)}
    page.goto(f"{site}/kpi/acme/ltv")
    assert text(page, "[data-past]") == "History from 14 October 2026 on."
    exporter.filling = HistoryProgress(3, 8, NOW - timedelta(days=40))
    page.goto(f"{site}/kpi/acme/ltv?range=30d")
    progress = "The past is being computed: 37% is there, back to 13 October 2026."
    assert text(page, "[data-past]") == f"History from 14 October 2026 on. {progress}"
    page.goto(site)
    assert text(page, "[data-part=evaluated-acme]").endswith(progress)


def test_a_number_is_not_of_just_now_while_its_source_is_down(exporter: StandInExporter, site: str, page: Page) -> None:
    of = exporter.current.companies[0]
    kpis = tuple(replace(each, as_of=NOW - timedelta(seconds=20)) for each in of.kpis)
    exporter.current = snapshot(replace(of, kpis=kpis, sources=(source(up=False),)))
    exporter.explanations = {}
    page.goto(site)
    assert text(page, "#acme-ltv .age") == "source down < 1 min ago"
    page.goto(f"{site}/kpi/acme/ltv")
    assert "data read < 1 min ago" in text(page, "[data-part=head]")
    assert "the last poll of billing failed; the numbers are those of the one before" in text(page, "[data-part=head]")


def test_its_values_are_a_table_too(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/ltv")
    page.click("text=Table of values")
    rows = [" ".join(each.inner_text().split()) for each in page.locator("[data-part=values] tbody tr").all()]
    assert rows[0] == "22 Nov 2026 13:00 €90.00 OK – none – none – none"
    assert rows[2] == "20 Nov 2026 13:00 – none unknown – none – none – none"
    assert len(rows) == 5


def test_a_kpi_of_which_nothing_is_known_yet(page: Page) -> None:
    lost = company_reading([reading(kpi("nps", "score -100..100"), None)])
    with serve_exporter(StandInExporter(snapshot(lost))) as address:
        page.goto(f"{address}/kpi/acme/nps")
        assert text(page, "div.now") == "no rows for nps unknown"
        assert "No values in this time range yet" in text(page, "#time")
        assert "The catalogue defines no target, threshold or plan for this KPI." in text(page, "main")
        assert "No alerts: the catalogue defines no threshold for this KPI." in text(page, "main")


def test_an_opened_part_stays_open_when_news_arrive(exporter: StandInExporter, site: str, page: Page) -> None:
    page.clock.install()
    page.goto(f"{site}/kpi/acme/ltv")
    page.click("text=Table of values")
    changed = replace(company().kpis[0], value=95.0)
    exporter.current = snapshot(replace(company(), kpis=(changed, *company().kpis[1:])))
    exporter.explanations = {"ltv": replace(explanation(company()), reading=changed)}
    page.clock.run_for(31_000)
    page.locator("div.now >> text=€95.00").wait_for()
    assert page.locator("[data-part=values] table").is_visible()
