"""`python -m tests.render BOARD.json OUT.png`: a board as Grafana's own components draw it, without a Grafana.

It asks the Prometheus of `compose.yaml`, or another one, and says which texts are cut and which panels show nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from tests.render.drawing import drawing


@click.command()
@click.argument("board", type=click.Path(path_type=Path, exists=True))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--prometheus", default="http://127.0.0.1:9090", show_default=True, help="Its address.")
@click.option("--kpi", help="The KPI that is chosen; the first one if not data.")
@click.option("--full", is_flag=True, help="All of the board, and not only what fits on a screen.")
def main(board: Path, out: Path, prometheus: str, kpi: str | None, full: bool) -> None:
    """Draw BOARD and write the picture to OUT."""
    with drawing(prometheus) as drawer:
        drawn = drawer.draw(json.loads(board.read_text()), kpi, full=full)
    out.write_bytes(drawn.picture)
    for words, names in (("cut", drawn.overflows), ("empty", drawn.empty), ("fault", drawn.faults)):
        for each in names:
            click.echo(f"{words}: {each}", err=True)


main()
