"""The page in a real browser: what it says, that it asks for nothing else, and that no text becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from exporter.kpis.reading import CompanyReading, Reason, Unknown
from tests.servers.process import program
from tests.web.running import Shown, shown
from tests.web.samples import NOW, acme, company_reading, kpi, reading, snapshot, source

pytestmark = pytest.mark.integration
NASTY = """<script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">&amp;"'"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program("chromium", "chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1920, "height": 1080})
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


def text(page: Page, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().split())


@pytest.fixture
def open_page(page: Page) -> Iterator[Page]:
    with shown(Shown(snapshot(acme()))) as address:
        page.goto(address)
        yield page


def test_nothing_else_is_asked_for_and_nothing_fails(page: Page) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with shown(Shown(snapshot(acme()))) as address:
        page.goto(address, wait_until="networkidle")
        assert [url for url in asked if not url.startswith("data:")] == [f"{address}/"]
        assert complaints == []
        assert page.evaluate("getComputedStyle(document.querySelector('.counts')).display") == "flex"


def test_counts_and_title(open_page: Page) -> None:
    assert text(open_page, ".counts") == "7 in order 1 warning 1 critical 1 unknown"
    assert open_page.title() == "1 critical, 1 warning · KPIs"


def test_what_needs_attention_is_linked_worst_first(open_page: Page) -> None:
    links = open_page.locator(".attention a")
    assert [links.nth(i).get_attribute("href") for i in range(links.count())] == [
        "#acme-arr",
        "#acme-customers_per_engineer",
    ]


def test_a_known_kpi(open_page: Page) -> None:
    assert text(open_page, "#acme-mrr") == (
        "Monthly recurring revenue mrr month · Oct 2026 €26,353 in order +8.2% – – 2 min ago billing"
    )
    row = text(open_page, "#acme-arr")
    assert "€316.2K critical" in row
    assert "plan warning < plan critical < 80% of plan €560K 56.5% of it bear €300K" in row
    read = open_page.locator("#acme-mrr time")
    assert read.get_attribute("title") == "2026-11-22T12:58:00+01:00"


def test_an_unknown_kpi_gives_its_reason(open_page: Page) -> None:
    assert "unknown no rows for nps > 50" in text(open_page, "#acme-nps")
    assert "in order" not in text(open_page, "#acme-nps")


def test_status_is_a_word_and_a_shape_of_its_own(open_page: Page) -> None:
    shapes = set()
    for id_, word in (
        ("mrr", "in order"),
        ("customers_per_engineer", "warning"),
        ("arr", "critical"),
        ("nps", "unknown"),
    ):
        state = open_page.locator(f"#acme-{id_} .state")
        assert state.inner_text() == word
        shapes.add(state.locator("svg").inner_html())
    assert len(shapes) == 4


def test_areas_are_tables_that_can_be_read_aloud(open_page: Page) -> None:
    captions = open_page.locator(".kpis caption").all_inner_texts()
    assert captions == ["Revenue", "Finance", "Operations", "Customers"]
    assert open_page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
    assert open_page.evaluate("document.documentElement.lang") == "en"
    widths = open_page.evaluate(
        "[...document.querySelectorAll('tr')].map(r => [...r.cells].reduce((n, cell) => n + cell.colSpan, 0))"
    )
    assert set(widths) == {7}


def test_sources(open_page: Page) -> None:
    rows = open_page.locator(".sources tbody tr").all_inner_texts()
    billing, crm, desk = (" ".join(row.split()) for row in rows)
    assert billing == "billing stripe up 2 min ago 2 min ago customers 1,413 customers 3 –"
    assert crm == "crm http down 2 min ago 2 min ago – – the server answered 503"
    assert desk == "desk csv not tried yet – – – – –"


def test_old_data_is_called_stale(page: Page) -> None:
    old = reading(kpi("mrr", "EUR"), 1.0, as_of=NOW - timedelta(seconds=631))
    fresh = reading(kpi("arr", "EUR"), 1.0, as_of=NOW - timedelta(seconds=629))
    with shown(Shown(snapshot(company_reading([old, fresh])))) as address:
        page.goto(address)
        assert "stale" in text(page, "#acme-mrr")
        assert "stale" not in text(page, "#acme-arr")


def test_a_kpi_leads_to_its_explanation(open_page: Page) -> None:
    open_page.click("text=Monthly recurring revenue")
    assert open_page.url.endswith("/api/v1/explain?company=acme&kpi=mrr")
    assert text(open_page, "body") == "mrr is as it is"


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768), (390, 844)])
def test_it_fits_the_screen(open_page: Page, width: int, height: int) -> None:
    open_page.set_viewport_size({"width": width, "height": height})
    assert open_page.evaluate("document.documentElement.scrollWidth") <= width
    overflowing = open_page.evaluate(
        "[...document.querySelectorAll('th, td')].filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.innerText)"
    )
    assert overflowing == []


def test_light_and_dark(open_page: Page) -> None:
    colours = []
    for scheme in ("light", "dark"):
        open_page.emulate_media(color_scheme=scheme)
        colours.append(open_page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]


def nasty() -> CompanyReading:
    mrr = kpi("mrr", "EUR", title=NASTY, definition=NASTY)
    lost = replace(reading(kpi("arr", "EUR"), None), unknown=Unknown(Reason.ERROR, NASTY))
    return company_reading([reading(mrr, 1.0), lost], title=NASTY, sources=(source(up=False, error=NASTY),))


def test_text_from_outside_stays_text(page: Page) -> None:
    with shown(Shown(snapshot(nasty()))) as address:
        page.goto(address, wait_until="networkidle")
        assert page.locator("script, img").count() == 0
        assert page.title() == "In order · KPIs"
        for place in ("h2", "#acme-mrr a", "#acme-arr .why small", ".sources .error"):
            assert page.locator(place).inner_text() == NASTY
        assert page.locator("#acme-mrr a").get_attribute("title") == f"{NASTY}"
