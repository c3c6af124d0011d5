"""Draws boards with Grafana's own components in a browser, in Inter, and measures what does not fit.

The components come from npm into a folder outside the repository and take some 400 MB. It is not Grafana: bars, heat
maps, timelines and texts are drawn plainly, since no package has a component for them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.servers.process import program
from tests.support.boards import Board, filled, span, variables

HERE = Path(__file__).parent
SCREEN = ViewportSize(width=1920, height=1080)
POINTS = 300
PAGE = """<!doctype html>
<meta charset="utf-8"><style>{style}</style><body style="margin: 0"><div id="root"></div>
<script>window.INPUT = {input}</script><script type="module">{code}</script>
"""

MEASURE = """() => {
  const overflows = [], empty = [];
  for (const panel of document.querySelectorAll('[data-panel]')) {
    const name = panel.dataset.panel, texts = [];
    const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const said = node.textContent.trim(), of = node.parentElement;
      if (!said || panel.dataset.type === 'text' || getComputedStyle(of).visibility === 'hidden') continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      if (!text.width || !text.height) continue;
      texts.push(said);
      for (let box = of; box !== panel.parentElement; box = box.parentElement) {
        const { overflow, overflowY } = getComputedStyle(box);
        if (['auto', 'scroll'].includes(overflowY) && box.scrollHeight > box.clientHeight) break;
        if (box !== panel && overflow === 'visible') continue;
        const room = box.getBoundingClientRect();
        const [over, below] = [text.right - room.right, text.bottom - room.bottom];
        const [before, above] = [room.left - text.left, room.top - text.top];
        if (Math.max(over, before) > 1 || Math.max(below, above) > 3) {
          overflows.push(`${name}: ${said}`);
          break;
        }
      }
    }
    const drawn = panel.dataset.type === 'text' || panel.querySelector('canvas, i') !== null;
    const heading = panel.dataset.type === 'stat' ? [] : [name];
    if (!drawn && !texts.filter((each) => !heading.includes(each)).length) empty.push(name);
  }
  return { overflows, empty };
}"""
"""A script that names the texts that are cut, unless one can scroll down to them, and the panels that show nothing."""


@dataclass(frozen=True)
class Drawn:
    """A picture of a board, the texts that are cut, and the panels that show nothing or got no answer."""

    picture: bytes
    overflows: Sequence[str]
    empty: Sequence[str]
    faults: Sequence[str]


class Drawing:
    """Draws boards in a browser from the answers of a Prometheus."""

    def __init__(self, browser: Browser, prometheus: str) -> None:
        self._browser = browser
        self._prometheus = prometheus

    def draw(self, board: Board, kpi: str | None = None, *, full: bool = False) -> Drawn:
        """Draw a board with this KPI chosen, or the first one; all of it, or what fits on a television."""
        chosen = {name: kpi if kpi and name == "kpi" else values[0] for name, values in variables(board).items()}
        until = time.time()
        since = until - span(board).total_seconds()
        answers = {
            panel["id"]: [
                {"target": target, "result": self._answer(target, chosen, since, until)}
                for target in panel.get("targets", ())
            ]
            for panel in board["panels"]
        }
        height = max(SCREEN["height"], _height(board)) if full else SCREEN["height"]
        tab = self._browser.new_page(viewport=ViewportSize(width=SCREEN["width"], height=height))
        faults: list[str] = []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.html"
            file.write_text(_page({"board": board, "answers": answers, "range": [since, until]}))
            tab.goto(file.as_uri())
            tab.wait_for_selector("[data-panel]")
            tab.wait_for_timeout(1500)
            measured = tab.evaluate(MEASURE)
            picture = tab.screenshot()
        tab.close()
        unanswered = [
            panel["title"]
            for panel in board["panels"]
            if not _has_points(panel, answers[panel["id"]], measured["empty"])
        ]
        return Drawn(picture, measured["overflows"], [*measured["empty"], *unanswered], faults)

    def _answer(self, target: Mapping[str, Any], chosen: Mapping[str, str], since: float, until: float) -> Any:
        parameters = {"query": filled(target["expr"], chosen)}
        if target["instant"]:
            form = {**parameters, "time": str(until)}
        else:
            form = {**parameters, "start": str(since), "end": str(until), "step": str((until - since) / POINTS)}
        path = "query" if target["instant"] else "query_range"
        answer = requests.post(f"{self._prometheus}/api/v1/{path}", data=form, timeout=60)
        answer.raise_for_status()
        return answer.json()["data"]["result"]


@contextmanager
def drawing(prometheus: str) -> Iterator[Drawing]:
    """Start a browser that draws boards from the answers of a Prometheus; `RuntimeError` says what is missing."""
    _built()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=["--no-sandbox"])
        yield Drawing(browser, prometheus)
        browser.close()


def _height(board: Board) -> int:
    """Return the pixels of a board from top to bottom; tables draw only those of their rows that are visible."""
    rows: int = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    return 8 + rows * 38


def _has_points(panel: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], empty: Sequence[str]) -> bool:
    """Return whether a panel of lines has one, since what a canvas shows cannot be read; others were looked at."""
    if panel["type"] not in ("timeseries", "heatmap", "state-timeline") or panel["title"] in empty:
        return True
    return any(value != "NaN" for each in answers for series in each["result"] for _, value in series.get("values", ()))


def _page(content: Mapping[str, Any]) -> str:
    data = json.dumps(content).replace("</", "<\\/")
    style, code = ((_built() / name).read_text() for name in ("board.css", "board.js"))
    return PAGE.format(style=style, input=data, code=code.replace("</script", "<\\/script"))


@cache
def _built() -> Path:
    """Fetch the components, if they are not there, bundle them with the script, and return the folder of both."""
    npm = program("npm", "npm")
    packages = HERE / "package.json"
    digest = hashlib.sha256(packages.read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"kpi-exporter-render-{digest}"
    folder.mkdir(exist_ok=True)
    shutil.copy(packages, folder)
    shutil.copy(HERE / "board.jsx", folder)
    if not (folder / "node_modules" / ".complete").exists():
        install = [npm, "install", "--legacy-peer-deps", "--no-audit", "--no-fund", "--ignore-scripts"]
        _run(install, folder, "Grafana's components could not be fetched")
        (folder / "node_modules" / ".complete").touch()
    _run([npm, "run", "--silent", "build"], folder, "Grafana's components could not be bundled")
    return folder / "dist"


def _run(command: Sequence[str], folder: Path, otherwise: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{otherwise}: {done.stderr.strip() or done.stdout.strip()}")
