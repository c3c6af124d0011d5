"""Makes the screenshots of the documentation: the demo with a year of its past, its boards, and two companies.

`python -m tests.screenshots NAME ...` makes those of these names only.

256 colours are enough for text on plain ground, if those that are seen seldom, such as that of what is critical, are
among them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.integration.demonstration.backfilled import Extent, backfilled
from tests.render.drawing import drawing
from tests.servers.exporter_process import COMMAND, Exporter
from tests.servers.process import program, wait_until
from tests.vendors.new_user import new_user

ROOT = Path(__file__).parents[1]
FOLDER, DASHBOARDS = ROOT / "docs" / "images", ROOT / "grafana" / "dashboards"
YEAR = Extent(timedelta(days=370), timedelta(days=8))
PATIENCE = 600
"""Seconds that a year of the past may take; on a busy machine there is less of it by then."""


@dataclass(frozen=True)
class Shot:
    """A picture of a page: its name in the documentation, the address, and the window."""

    name: str
    path: str
    width: int
    height: int
    theme: str


@dataclass(frozen=True)
class BoardShot:
    """A picture of a board of Grafana: its name in the documentation, its file, and the KPI that is chosen."""

    name: str
    file: str
    kpi: str | None = None


BOARDS = (
    BoardShot("grafana-wall", "vmcloud/wall.json"),
    BoardShot("grafana-overview", "managed-kubernetes/overview.json"),
    BoardShot("grafana-kpi", "managed-kubernetes/kpi.json", "arr"),
    BoardShot("grafana-unit-economics", "managed-kubernetes/unit-economics.json"),
)

DEMO = (
    Shot("board", "/?company=managed-kubernetes", 1600, 1000, "light"),
    Shot("kpi", "/kpi/managed-kubernetes/arr", 1600, 1000, "dark"),
    Shot("wall", "/?company=managed-kubernetes&view=wall", 1920, 1080, "dark"),
    Shot("phone", "/?company=unit-economics", 390, 844, "light"),
    Shot("sources", "/sources?company=managed-kubernetes", 1600, 1000, "light"),
)


FIRST_HOUR = (
    Shot("first-hour", "/", 1440, 900, "light"),
    Shot("first-hour-phone", "/", 390, 844, "light"),
)


CONNECTED = (Shot("connected", "/", 1440, 900, "light"),)


def take(exporter: Exporter, shots: Sequence[Shot]) -> None:
    """Write the pictures of a running exporter into the documentation."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=["--no-sandbox"])
        for shot in shots:
            page = chromium.new_page(
                viewport={"width": shot.width, "height": shot.height},
                color_scheme="dark" if shot.theme == "dark" else "light",
            )
            page.goto(f"{exporter.url}{shot.path}", wait_until="networkidle")
            _save(shot.name, page.screenshot())
            page.close()
        chromium.close()


def _save(name: str, picture: bytes) -> None:
    drawn = Image.open(BytesIO(picture)).convert("RGB")
    file = FOLDER / f"{name}.png"
    drawn.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.relative_to(Path.cwd())}: {file.stat().st_size // 1024} KiB")


def _a_year_is_there(demo: Exporter) -> bool:
    """Return whether the visible KPIs have a value a day."""
    kpis = ("managed-kubernetes/arr", "unit-economics/nrr")
    return all(demo.page(f"/kpi/{kpi}/values.csv?range=1y").count("\n") > 365 for kpi in kpis)


def take_demo(shots: Sequence[Shot]) -> None:
    """Start the demo, wait for a year of its past, and take pictures of it."""
    with TemporaryDirectory() as folder, Exporter(Path(folder), [], command="demo") as demo:
        wait_until(demo.ready, "every source to be read")
        try:
            wait_until(lambda: _a_year_is_there(demo), "a year of the past", timeout=PATIENCE)
        except TimeoutError as slow:
            print(f"{slow}; the pictures show less of it")
        take(demo, shots)


def take_boards(shots: Sequence[BoardShot]) -> None:
    """Draw boards with Grafana's components from a Prometheus that has a past of the demo."""
    with TemporaryDirectory() as folder, Exporter(Path(folder), [], command="demo") as demo:
        wait_until(demo.ready, "every source to be read", 120)
        (prometheus := Path(folder) / "prometheus").mkdir()
        with backfilled(demo, prometheus, YEAR) as running, drawing(running.prometheus.url) as drawer:
            wait_until(lambda: running.prometheus.query("kpi_value") != [], "a scrape of all KPIs", 120)
            for shot in shots:
                board = json.loads((DASHBOARDS / shot.file).read_text())
                _save(shot.name, drawer.draw(board, shot.kpi).picture)


def take_first_hour(shots: Sequence[Shot]) -> None:
    """Run the company of docs/first-hour.md with its subscriptions alone, and take pictures of it."""
    with TemporaryDirectory() as folder:
        exports = Path(__file__).parents[1] / "docs" / "examples" / "first-hour" / "exports.py"
        subprocess.run([sys.executable, str(exports), folder], check=True)
        for other in ("accounting.csv", "team.xlsx"):
            (Path(folder) / other).unlink()
        command = [*COMMAND, "init", folder, "--company", "acme", "--title", "Acme", "--like", "unit-economics"]
        subprocess.run([*command, "--currency", "EUR"], check=True, capture_output=True)
        with Exporter(Path(folder), [Path(folder) / "company.yaml"]) as exporter:
            wait_until(exporter.ready, "every source to be read")
            wait_until(
                lambda: exporter.page("/kpi/acme/arr/values.csv?range=1y").count("\n") > 300, "its past", PATIENCE
            )
            take(exporter, shots)


def take_connected(shots: Sequence[Shot]) -> None:
    """Run the company that `init` writes with two keys, print what it says, and take a picture of its page."""
    with TemporaryDirectory() as folder, new_user(Path(folder), datetime.now(UTC)) as user:
        for done in (user.init(), user.attempt()):
            print(done.stdout)
        with Exporter(Path(folder), [user.catalogue], environ=user.environ) as exporter:
            wait_until(exporter.ready, "every source to be read")
            wait_until(
                lambda: exporter.page("/kpi/acme/mtta/values.csv?range=1y").count("\n") > 300, "its past", PATIENCE
            )
            take(exporter, shots)


def main(names: Sequence[str]) -> None:
    """Make the screenshots of these names; all if none is given."""
    FOLDER.mkdir(exist_ok=True)
    if boards := [shot for shot in BOARDS if not names or shot.name in names]:
        take_boards(boards)
    for make, shots in ((take_demo, DEMO), (take_first_hour, FIRST_HOUR), (take_connected, CONNECTED)):
        if chosen := [shot for shot in shots if not names or shot.name in names]:
            make(chosen)


if __name__ == "__main__":
    main(sys.argv[1:])
