"""What holds of every page in a real browser: it fits, everyone can use it, it asks nobody else and never complains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from exporter.kpis.reading import CompanyReading, Reason, Unknown
from exporter.records.state import Rejected, RejectedRow
from tests.support.readings import acme, company_reading, kpi, reading, snapshot, source
from tests.support.web_server import StandInExporter, serve_exporter
from tests.web.conftest import PageLog
from tests.web.past import towards

pytestmark = pytest.mark.integration
NASTY = """<script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">&amp;"'{{ 7 * 7 }}"""
PAGES = (
    "/",
    "/?company=acme",
    "/?company=acme&view=wall",
    "/?q=nothing+is+like+that",
    "/?company=empty",
    "/kpi/acme/arr",
    "/kpi/acme/mrr?range=30d",
    "/kpi/acme/nps",
    "/sources",
)
SIZES = ((1920, 1080), (1024, 768), (390, 844))


def exporter() -> StandInExporter:
    """Return two companies: one without KPIs, one whose KPIs have a history and one of whose sources has bad rows."""
    company = acme()
    stand_in = StandInExporter(snapshot(company, company_reading([], name="empty", sources=())))
    stand_in.tracks = {each.kpi.id: towards(each, 400) for each in company.kpis}
    stand_in.bad_rows = [Rejected("billing", "customers", 3, (RejectedRow(("C1",), "no such tier: 'gold'", None),))]
    return stand_in


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve_exporter(exporter()) as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_it_fits_every_screen_and_asks_nobody_else(site: str, page: Page, page_log: PageLog, path: str) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if "wall" in path and width > 1000:
            assert page.evaluate("document.documentElement.scrollHeight") <= height
    assert page_log.complaints == []
    assert all(url.startswith((f"{site}/", "data:")) for url in page_log.requests)
    assert {url.rsplit("-")[0].removeprefix(site) for url in page_log.requests if "/static/" in url} == {"/static/page"}


@pytest.mark.parametrize("path", [*PAGES, "/nowhere"])
def test_everyone_can_use_it(site: str, page: Page, path: str) -> None:
    """Check with axe: contrast in both themes, landmarks, headings, controls, headers of tables, what scrolls."""
    for theme, (width, height) in (("light", SIZES[0]), ("dark", SIZES[0]), ("light", SIZES[-1])):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{site}{path}{'&' if '?' in path else '?'}theme={theme}")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        # The policy lets no page run what a test adds to it, but for the browser's own tools.
        result = Axe().run(page)
        assert result.violations_count == 0, result.generate_report()


def test_the_policy_lets_nothing_in(site: str) -> None:
    for path in (*PAGES, "/nowhere"):
        answer = requests.get(site + path, headers={"accept": "text/html"}, timeout=10)
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        assert " style=" not in answer.text
        assert "<style" not in answer.text
        assert "onclick" not in answer.text


def test_the_theme_is_that_of_the_system_or_of_the_address(site: str, browser: Browser) -> None:
    def colour(system: str, path: str) -> str:
        opened = browser.new_page(color_scheme="dark" if system == "dark" else "light")
        opened.goto(site + path)
        color: str = opened.evaluate("getComputedStyle(document.body).backgroundColor")
        opened.close()
        return color

    light, dark = colour("light", "/"), colour("dark", "/")
    assert light != dark
    for path in ("/?theme={}", "/kpi/acme/arr?theme={}", "/sources?theme={}", "/nowhere?theme={}"):
        assert colour("light", path.format("dark")) == dark
        assert colour("dark", path.format("light")) == light
    assert colour("dark", "/?theme=mauve") == dark


def test_a_chosen_theme_stays_from_page_to_page(site: str, page: Page) -> None:
    page.goto(f"{site}/?theme=dark")
    page.click("text=Monthly recurring revenue")
    page.click("nav.crumbs a >> nth=0")
    page.click("text=Sources")
    page.click("text=Board")
    assert page.url == f"{site}/?theme=dark"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_first_key_leads_past_the_navigation(site: str, page: Page) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_stop_of_the_keyboard_can_be_seen(site: str, page: Page) -> None:
    page.goto(f"{site}/kpi/acme/arr")
    stops = page.locator("a, button, input, select, summary, [tabindex='0']").count()
    for _ in range(stops):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate(f"{style}.outlineStyle !== 'none' && parseFloat({style}.outlineWidth) >= 2")


def nasty() -> CompanyReading:
    mrr = kpi("mrr", "EUR", title=NASTY, definition=NASTY, by=("tier",))
    mrr = replace(mrr, note=NASTY, owner=NASTY, action=NASTY, measured_from=NASTY)
    lost = replace(reading(kpi("arr", "EUR"), None), unknown=Unknown(Reason.ERROR, NASTY))
    mrr_reading = reading(mrr, 1.0, previous=2.0, breakdowns={"tier": {NASTY: 1.0}})
    return company_reading([mrr_reading, lost], title=NASTY, sources=(source(up=False, error=NASTY),))


def test_text_from_outside_stays_text(page: Page) -> None:
    showing = StandInExporter(snapshot(nasty()))
    showing.tracks = {"mrr": towards(showing.current.companies[0].kpis[0], 30)}
    showing.bad_rows = [Rejected("billing", "customers", 1, (RejectedRow((NASTY,), NASTY, None),))]
    with serve_exporter(showing) as address:
        for path, places in (
            ("/", ("h1", "#acme-mrr h4", "#acme-arr .why")),
            ("/kpi/acme/mrr", ("h1", ".definition", ".note", ".breakdowns tbody th")),
            ("/kpi/acme/arr", ("div.now .why",)),
            ("/sources", (".sources .error", "main h2")),
        ):
            page.goto(address + path)
            assert page.locator("main script, main img").count() == 0
            assert "owned" not in page.title().replace(NASTY, "")
            for place in places:
                assert " ".join(page.locator(place).first.inner_text().split()) == " ".join(NASTY.split())
