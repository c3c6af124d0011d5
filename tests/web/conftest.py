"""The browser that these tests share, and a page in it that notes what it asks for and complains about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.process import program


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program("chromium", "chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@dataclass
class PageLog:
    """The requests of a page, and the complaints of the browser or a script."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1920, "height": 1080})
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page_log(page: Page) -> PageLog:
    log = PageLog()
    page.on("request", lambda request: log.requests.append(request.url))
    page.on("console", lambda message: log.complaints.append(message.text))
    page.on("pageerror", lambda error: log.complaints.append(str(error)))
    return log
