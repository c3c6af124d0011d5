"""Makes the screenshots of the documentation anew: the demonstration, when a year of it is computed, in a browser.

256 colours are enough for text on plain ground, if those that are seen seldom, such as a red flag's, are among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.servers.exporter_process import Exporter
from tests.servers.process import program, wait_until

FOLDER = Path(__file__).parents[1] / "docs" / "images"
PATIENCE = 1800
"""Seconds that a year of the past may take on a busy machine."""


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    width: int
    height: int
    theme: str


SHOTS = (
    Shot("board", "/?company=managed-kubernetes", 1600, 1000, "light"),
    Shot("kpi", "/kpi/managed-kubernetes/arr", 1600, 1000, "dark"),
    Shot("wall", "/?company=managed-kubernetes&view=wall", 1920, 1080, "dark"),
    Shot("phone", "/?company=unit-economics", 390, 844, "light"),
    Shot("sources", "/sources?company=managed-kubernetes", 1600, 1000, "light"),
)


def take(demo: Exporter) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=["--no-sandbox"])
        for shot in SHOTS:
            page = chromium.new_page(
                viewport={"width": shot.width, "height": shot.height},
                color_scheme="dark" if shot.theme == "dark" else "light",
            )
            page.goto(f"{demo.url}{shot.path}", wait_until="networkidle")
            drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
            file = FOLDER / f"{shot.name}.png"
            drawn.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
            print(f"{file.relative_to(Path.cwd())}: {file.stat().st_size // 1024} KiB")
            page.close()
        chromium.close()


def _a_year_is_there(demo: Exporter) -> bool:
    """Return whether the visible KPIs have a value a day."""
    kpis = ("managed-kubernetes/arr", "unit-economics/nrr")
    return all(demo.page(f"/kpi/{kpi}/values.csv?range=1y").count("\n") > 365 for kpi in kpis)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, Exporter(Path(folder), [], command="demo") as demo:
        wait_until(demo.ready, "every source to be read")
        wait_until(lambda: _a_year_is_there(demo), "a year of the past", timeout=PATIENCE)
        take(demo)


if __name__ == "__main__":
    main()
