"""`python -m tests.render BOARD.json OUT.png`: a board as Grafana's own components draw it, without a Grafana.

It asks the Prometheus of `compose.yaml`, or another one. The components come from npm into a folder of this module and
take some 400 MB; no test needs them. What they do not draw is content as text.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import requests
from playwright.sync_api import ViewportSize, sync_playwright

from tests.servers.process import program
from tests.support.boards import Board, filled, span, variables

HERE = Path(__file__).parent
BUILT = HERE / "dist"
SCREEN = ViewportSize(width=1920, height=1080)
POINTS = 300
PAGE = """<!doctype html>
<style>{style}</style><body style="margin: 0"><div id="root"></div>
<script>window.INPUT = {input}</script><script type="module">{code}</script>
"""


@click.command()
@click.argument("board", type=click.Path(path_type=Path, exists=True))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--prometheus", default="http://127.0.0.1:9090", show_default=True, help="Its address.")
@click.option("--kpi", help="The KPI that is chosen; the first one if not data.")
@click.option("--full", is_flag=True, help="All of the board, and not only what fits on a screen.")
def main(board: Path, out: Path, prometheus: str, kpi: str | None, full: bool) -> None:
    """Draw BOARD and write the picture to OUT."""
    content: Board = json.loads(board.read_text())
    chosen = {name: kpi if kpi and name == "kpi" else values[0] for name, values in variables(content).items()}
    _build()
    page = BUILT / "page.html"
    page.write_text(_page(content, prometheus, chosen))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport=SCREEN)
        tab.on("pageerror", lambda error: click.echo(error, err=True))
        tab.goto(page.as_uri())
        tab.wait_for_timeout(3000)
        tab.screenshot(path=out, full_page=full)
        browser.close()


def _page(board: Board, prometheus: str, chosen: Mapping[str, str]) -> str:
    until = time.time()
    since = until - span(board).total_seconds()
    answers = {
        panel["id"]: [
            {"target": target, "result": _answer(prometheus, target, chosen, since, until)}
            for target in panel.get("targets", ())
        ]
        for panel in board["panels"]
    }
    data = json.dumps({"board": board, "answers": answers, "range": [since, until]}).replace("</", "<\\/")
    style, code = ((BUILT / name).read_text() for name in ("board.css", "board.js"))
    return PAGE.format(style=style, input=data, code=code.replace("</script", "<\\/script"))


def _answer(prometheus: str, target: Mapping[str, Any], chosen: Mapping[str, str], since: float, until: float) -> Any:
    parameters = {"query": filled(target["expr"], chosen)}
    if target["instant"]:
        form = {**parameters, "time": str(until)}
    else:
        form = {**parameters, "start": str(since), "end": str(until), "step": str((until - since) / POINTS)}
    path = "query" if target["instant"] else "query_range"
    answer = requests.post(f"{prometheus}/api/v1/{path}", data=form, timeout=60)
    answer.raise_for_status()
    return answer.json()["data"]["result"]


def _build() -> None:
    """Bundle the components, which are fetched if they are not there."""
    npm = program("npm", "npm")
    if not (HERE / "node_modules").exists():
        subprocess.run([npm, "install", "--legacy-peer-deps", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    subprocess.run([npm, "run", "--silent", "build"], cwd=HERE, check=True)


main()
