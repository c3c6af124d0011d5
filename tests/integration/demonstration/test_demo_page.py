"""The page of `kpi-exporter demo` in a real browser, as a newcomer meets it, until a threshold is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.servers.exporter_process import Exporter
from tests.servers.process import program, wait_until

pytestmark = pytest.mark.integration

COMPANIES = ("managed-kubernetes", "vmcloud", "unit-economics", "email-infrastructure")


class Watched:
    """A page, and whatever it asks of others or complains about."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        self._url = url

    def open(self, path: str, width: int = 1920, height: int = 1080) -> Page:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(f"{self._url}{path}")
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, path
        return self.page


@pytest.fixture(scope="module")
def watched(demo: Exporter) -> Iterator[Watched]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=["--no-sandbox"])
        watched = Watched(chromium.new_page(), demo.url)
        yield watched
        chromium.close()
    assert watched.messages == []
    assert all(url.startswith((demo.url, "data:")) for url in watched.requests)


def tiles(page: Page) -> list[str]:
    return [each.get_attribute("id") or "" for each in page.locator(".tile").all() if each.is_visible()]


def test_every_kpi_has_a_tile_and_what_is_red_comes_first(watched: Watched) -> None:
    page = watched.open("/")
    assert len(tiles(page)) >= 161
    first = page.locator("section.company").first
    assert first.get_attribute("id") == "managed-kubernetes"
    text = page.inner_text("main")
    for expected in ("Monthly recurring revenue", "the company is not burning cash", "critical", "warning"):
        assert expected in text


def test_a_missed_target_is_seen_where_the_document_gives_no_threshold(watched: Watched) -> None:
    page = watched.open("/?company=email-infrastructure&status=off-target")
    assert "email-infrastructure-feature_adoption" in tiles(page)
    assert "> 60%" in page.inner_text("#email-infrastructure-feature_adoption")


def test_search_and_filter(watched: Watched) -> None:
    page = watched.open("/")
    page.fill("#q", "runway")
    assert {each.rpartition("-")[2] for each in tiles(page)} == {"cash_runway"}
    page.click(".chip.unknown")
    assert tiles(page) == ["managed-kubernetes-cash_runway"]


@pytest.mark.parametrize("company", COMPANIES)
def test_a_television_shows_a_company_without_scrolling(watched: Watched, company: str) -> None:
    page = watched.open(f"/?company={company}&view=wall&theme=dark")
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('p.value')].map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 28


@pytest.mark.parametrize(
    "path", ["/", "/kpi/managed-kubernetes/mrr_growth", "/kpi/unit-economics/cac_payback", "/sources"]
)
def test_everyone_can_use_it_on_every_screen(watched: Watched, path: str) -> None:
    for theme, width, height in (("light", 1920, 1080), ("dark", 390, 844)):
        page = watched.open(f"{path}?theme={theme}", width, height)
        result = Axe().run(page)
        assert result.violations_count == 0, result.generate_report()


def test_a_kpi_page_takes_its_number_apart(watched: Watched) -> None:
    page = watched.open("/kpi/managed-kubernetes/mrr_growth")
    assert page.locator(".terms code").all_inner_texts() == ["mrr", "previous(mrr)"]
    assert page.locator(".chart circle.now").count() == 1
    assert "subscription_items" in page.inner_text("#inputs")
    assert page.locator(".alert h3").all_inner_texts() == ["KpiMrrGrowthLow"]
    page.click("text=MRR movements")
    assert "opening" in page.inner_text(".scroll pre")


def test_bad_rows_are_shown_with_the_reason(watched: Watched) -> None:
    page = watched.open("/sources?company=managed-kubernetes")
    rows = page.locator("[data-part=rejected-managed-kubernetes] tbody tr").all_inner_texts()
    assert len(rows) == 3
    assert all(row.split("\t")[-1].strip() for row in rows)


def test_every_table_is_to_be_had_as_csv(watched: Watched, demo: Exporter) -> None:
    for path in ("/", "/sources", "/kpi/managed-kubernetes/revenue_per_customer"):
        page = watched.open(path)
        links = page.locator("a[download]").all()
        assert len(links) >= page.locator("main .table > table").count() > 0 or path == "/"
        for link in links:
            answer = requests.get(urljoin(page.url, link.get_attribute("href")), timeout=30)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/csv")


def test_a_threshold_changed_in_the_catalogue_changes_tile_line_and_table(watched: Watched, demo: Exporter) -> None:
    page = watched.open("/kpi/managed-kubernetes/clusters_per_engineer")
    assert page.locator("header.kpi.in-order").count() == 1
    assert "Critical < 10 10" in " ".join(page.inner_text(".legend").split())
    file = demo.store.parent / "managed-kubernetes" / "company.yaml"
    file.write_text(f'{file.read_text()}\nkpis:\n  clusters_per_engineer: {{warning: "< 40", critical: "< 30"}}\n')
    assert demo.reload().status_code == 200
    began = datetime.now(UTC)
    wait_until(
        lambda: (
            watched.open("/?company=managed-kubernetes")
            .locator("#managed-kubernetes-clusters_per_engineer.critical")
            .count()
            == 1
        ),
        f"the tile to turn red, since {began}",
    )
    page = watched.open("/kpi/managed-kubernetes/clusters_per_engineer")
    assert page.locator("header.kpi.critical").count() == 1
    assert "Critical < 30 30" in " ".join(page.inner_text(".legend").split())
    assert "critical < 30 30 crossed" in " ".join(page.inner_text("[data-part=levels]").split())
    assert 'critical"} 30' in "".join(line for line in demo.scrape().splitlines() if "clusters_per_engineer" in line)
