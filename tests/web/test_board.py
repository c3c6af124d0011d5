"""The board: what a tile says, what comes first, how KPIs are found, with a script and without, and how news arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from exporter.kpis.display_status import DisplayStatus, display_status
from exporter.kpis.reading import CompanyReading, Status
from exporter.web.pages.board import worst_first
from tests.support.readings import NOW, acme, company_reading, kpi, reading, snapshot
from tests.support.web_server import StandInExporter, serve_exporter
from tests.web.conftest import PageLog
from tests.web.past import towards

pytestmark = pytest.mark.integration

EVERY = ["mrr", "arr", "deployment_frequency", "gross_margin", "customers_per_engineer", "cash_runway"]
EVERY += ["mttr_p1", "csat", "nps", "customers"]


def other() -> CompanyReading:
    """Return a company without thresholds, and with a target that is missed."""
    adoption = kpi("feature_adoption", "ratio", target="> 60%", area="product", title="Feature adoption")
    return company_reading([reading(adoption, 0.524), reading(kpi("mau", "count"), 898.0)], name="other")


@pytest.fixture
def exporter() -> StandInExporter:
    stand_in = StandInExporter(snapshot(other(), acme()))
    stand_in.tracks = {each.kpi.id: towards(each, 90) for each in acme().kpis}
    return stand_in


@pytest.fixture
def site(exporter: StandInExporter) -> Iterator[str]:
    with serve_exporter(exporter) as address:
        yield address


def text(page: Page, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().split())


def tiles(page: Page) -> list[str]:
    """Return the ids of the visible KPIs."""
    seen = [tile for tile in page.locator(".tile").all() if tile.is_visible()]
    return [(tile.get_attribute("id") or "").partition("-")[2] for tile in seen]


def test_a_tile(site: str, page: Page) -> None:
    page.goto(site)
    arr = text(page, "#acme-arr")
    assert arr.startswith("Arr €316.2K Last 12 months: from ")
    assert arr.endswith("56% of plan 2 min ago critical target €560K (plan) ✗ missed")
    assert text(page, "#acme-mrr").endswith("+8.2% against the previous period 2 min ago no target")
    assert "OK target > 85% ✓ met" in text(page, "#acme-gross_margin")
    assert page.locator("#acme-mrr p.value").get_attribute("title") == "26,353.21 EUR"
    assert page.locator("#acme-mrr time").get_attribute("title") == "2026-11-22T12:58:00+01:00"
    assert page.locator("#acme-mrr .spark").is_visible()
    assert page.locator("#acme-mrr h4 a").get_attribute("href") == "./kpi/acme/mrr"


def test_a_missed_target_is_seen_where_no_threshold_is_given(site: str, page: Page) -> None:
    page.goto(f"{site}/?company=other")
    assert text(page, "#other-feature_adoption").endswith("2 min ago off target target > 60% ✗ missed")
    assert text(page, "#other-mau").endswith("no target")
    assert text(page, ".chips") == "0 critical 0 warning 1 off target 0 unknown 0 OK 1 no target"


def test_an_unknown_kpi_gives_its_reason_and_no_number(site: str, page: Page) -> None:
    page.goto(site)
    assert text(page, "#acme-nps") == "Nps no rows for nps 2 min ago unknown target > 50"
    assert page.locator("#acme-nps :is(.value, .spark)").count() == 0


def test_each_standing_is_a_word_and_a_shape_of_its_own(site: str, page: Page) -> None:
    page.goto(site)
    chips = page.locator(".chip")
    assert [" ".join(chip.inner_text().split()) for chip in chips.all()] == [
        "1 critical",
        "1 warning",
        "2 off target",
        "1 unknown",
        "4 OK",
        "3 no target",
    ]
    assert len({chip.locator("svg").inner_html() for chip in chips.all()}) == chips.count()


def test_the_worst_company_and_what_needs_attention_come_first(site: str, page: Page) -> None:
    page.goto(site)
    assert [each.get_attribute("id") for each in page.locator("section.company").all()] == ["acme", "other"]
    hrefs = [link.get_attribute("href") for link in page.locator(".attention a").all()]
    assert hrefs == ["./kpi/acme/arr", "./kpi/acme/customers_per_engineer"]
    assert "warning outside 4 to 8" in text(page, ".attention li >> nth=1")
    assert page.title() == "1 critical, 1 warning · KPIs"


def test_companies_that_are_as_bad_stay_in_the_order_of_their_files() -> None:
    first, second = company_reading([], name="b"), company_reading([], name="a")
    assert [each.company.name for each in worst_first([first, second, acme()])] == ["acme", "b", "a"]


def test_a_company_is_chosen_in_the_switcher(site: str, page: Page) -> None:
    page.goto(site)
    assert text(page, ".tabs") == "All companies 1 critical 1 warning Acme 1 critical 1 warning Other"
    page.click(".tabs >> text=Other")
    assert page.url == f"{site}/?company=other"
    assert tiles(page) == ["feature_adoption", "mau"]
    assert text(page, "h1") == "Other"


def test_one_company_needs_no_switcher(page: Page) -> None:
    with serve_exporter(StandInExporter(snapshot(acme()))) as address:
        page.goto(address)
        assert page.locator(".tabs").count() == 0
        assert text(page, "h1") == "Acme"


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ("", EVERY),
        ("&q=RECURRING+rev", ["mrr"]),
        ("&q=mttr_p1", ["mttr_p1"]),
        ("&area=finance", ["gross_margin", "customers_per_engineer", "cash_runway"]),
        ("&area=finance&status=warning", ["customers_per_engineer"]),
        ("&status=critical&status=unknown", ["arr", "nps"]),
        ("&status=off-target", ["deployment_frequency"]),
        ("&q=nothing+of+that", []),
    ],
)
@pytest.mark.parametrize("scripted", [True, False])
def test_the_address_says_what_is_shown(
    site: str, browser: Browser, query: str, result: list[str], scripted: bool
) -> None:
    page = browser.new_page(java_script_enabled=scripted)
    page.goto(f"{site}/?company=acme{query}")
    assert tiles(page) == result
    assert page.locator("[data-nothing]").is_visible() == (not result)
    if query:
        assert text(page, ".found").startswith(f"{len(result)} of 10 KPIs")
    page.close()


def test_without_a_script_all_is_done_by_links_and_the_form(site: str, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site}/?company=acme&theme=dark")
    page.click(".chip.critical")
    page.click(".chip.warning")
    assert tiles(page) == ["arr", "customers_per_engineer"]
    page.fill("#q", "engineer")
    page.click(".find button")
    assert tiles(page) == ["customers_per_engineer"]
    page.click(".found a")
    assert tiles(page) == EVERY
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("noscript").inner_html() == '<meta http-equiv="refresh" content="60">'
    page.close()


def test_with_a_script_it_is_done_at_once(site: str, page: Page, page_log: PageLog) -> None:
    page.goto(f"{site}/?company=acme")
    before = len(page_log.requests)
    page.keyboard.press("/")
    page.keyboard.type("cash")
    assert tiles(page) == ["cash_runway"]
    assert page.url == f"{site}/?company=acme&q=cash"
    assert page.locator(".attention").is_hidden()
    page.fill("#q", "")
    page.click(".chip.critical")
    page.click(".chip.warning")
    assert tiles(page) == ["arr", "customers_per_engineer"]
    page.select_option("#area", "finance")
    assert tiles(page) == ["customers_per_engineer"]
    assert page.url == f"{site}/?company=acme&status=critical&status=warning&area=finance"
    assert page.locator("[data-export]").get_attribute("href") == f"kpis.csv?{page.url.partition('?')[2]}"
    page.reload()
    assert tiles(page) == ["customers_per_engineer"]
    page.click(".found a")
    assert tiles(page) == EVERY
    assert [url for url in page_log.requests[before:] if "/static/" not in url and "data:" not in url] == [
        f"{site}/?company=acme&status=critical&status=warning&area=finance"
    ], "nothing but the reload"


def test_news_take_their_place_without_a_flash(exporter: StandInExporter, site: str, page: Page) -> None:
    page.clock.install()
    page.goto(f"{site}/?company=acme")
    page.fill("#q", "gross")
    page.evaluate("document.querySelectorAll('.tile').forEach((each) => { each.marked = true })")
    changed = [replace(each, value=0.9123) if each.kpi.id == "gross_margin" else each for each in acme().kpis]
    exporter.current = snapshot(other(), replace(acme(), kpis=tuple(changed)))
    page.clock.run_for(31_000)
    expect(page.locator("#acme-gross_margin p.value")).to_have_text("91.23%")
    assert page.evaluate(
        "[...document.querySelectorAll('.tile')].filter((each) => !each.marked).map((each) => each.id)"
    ) == ["acme-gross_margin"], "what did not change stays the element it was"
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.input_value("#q") == "gross"
    assert page.locator("#acme-nps").is_hidden()


def test_a_kpi_that_comes_into_the_catalogue_comes_onto_the_page(
    exporter: StandInExporter, site: str, page: Page
) -> None:
    page.clock.install()
    page.goto(f"{site}/?company=other&theme=dark")
    page.fill("#q", "churn")
    more = [*other().kpis, reading(kpi("churn", "ratio"), 0.1)]
    exporter.current = snapshot(company_reading(more, name="other"), acme())
    page.clock.run_for(31_000)
    expect(page.locator("#other-churn p.value")).to_have_text("10%")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Control+A")
    page.keyboard.type("mau")
    assert tiles(page) == ["mau"]


def test_an_exporter_that_is_gone_leaves_the_page_as_it_is(exporter: StandInExporter, page: Page) -> None:
    page.clock.install()
    with serve_exporter(exporter) as address:
        page.goto(address)
    page.clock.run_for(31_000)
    assert page.locator("#acme-arr").is_visible()


def test_old_data_is_called_stale(page: Page) -> None:
    old = reading(kpi("mrr", "EUR"), 1.0, as_of=NOW - timedelta(seconds=631))
    fresh = reading(kpi("arr", "EUR"), 1.0, as_of=NOW - timedelta(seconds=629))
    with serve_exporter(StandInExporter(snapshot(company_reading([old, fresh])))) as address:
        page.goto(address)
        assert "stale" in text(page, "#acme-mrr")
        assert "stale" not in text(page, "#acme-arr")


@pytest.mark.parametrize("count", [1, 27, 70, 161])
def test_a_wall_holds_every_kpi_without_scrolling(page: Page, count: int) -> None:
    many = [reading(kpi(f"kpi_{place}", "EUR/month", target="> 4000"), 4321.0) for place in range(count)]
    with serve_exporter(StandInExporter(snapshot(company_reading(many)))) as address:
        page.goto(f"{address}/?company=acme&view=wall")
        assert page.evaluate("document.documentElement.scrollHeight") <= 1080
        last = page.locator(".tile").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= 1080
        assert last["x"] + last["width"] <= 1920
        assert page.locator(".tile").count() == count


def test_a_wall_of_several_companies_shows_the_worst(site: str, page: Page) -> None:
    page.goto(f"{site}/?view=wall")
    assert tiles(page) == EVERY
    page.click(".tabs >> text=Other")
    assert page.url == f"{site}/?company=other&view=wall"


def test_no_company_and_no_kpi(page: Page) -> None:
    with serve_exporter(StandInExporter(snapshot())) as address:
        page.goto(address)
        assert "No companies" in text(page, "main")
        assert page.goto(f"{address}/?view=wall")
    with serve_exporter(StandInExporter(snapshot(company_reading([])))) as address:
        page.goto(address)
        assert "This catalogue has no KPIs yet." in text(page, "main")


def test_how_a_kpi_stands() -> None:
    evaluated = kpi("churn", "ratio", target="< 2%", warning="> 5%")
    assert display_status(reading(evaluated, 0.01)) is DisplayStatus.OK
    assert display_status(reading(evaluated, 0.03)) is DisplayStatus.OFF_TARGET
    assert display_status(reading(evaluated, 0.06, status=Status.WARNING)) is DisplayStatus.WARNING
    assert display_status(reading(evaluated, None)) is DisplayStatus.UNKNOWN
    assert display_status(reading(kpi("churn", "ratio"), 0.01)) is DisplayStatus.NO_TARGET
    # A plan that has not begun is a target of nothing.
    assert display_status(reading(kpi("churn", "ratio", target="plan"), 0.01)) is DisplayStatus.NO_TARGET
