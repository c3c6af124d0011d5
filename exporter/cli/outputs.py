"""What the command of an analysis does with the answer: print it, as JSON if wanted, or write files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import Texts
from exporter.cli import backfill
from exporter.cli._client import Decorator


@dataclass(frozen=True)
class Output:
    """What is done with the answer of an analysis.

    `write` takes a function that requests the answer, the texts of the request and the values of `options`, by name.
    """

    write: Callable[..., None]
    options: Sequence[Decorator] = ()


def output(analysis: Analysis[Any, Any]) -> Output:
    """Return the analysis's own output, else the one that prints: JSON as text for people, unless `--json` is set."""
    if analysis.name in _OWN:
        return _OWN[analysis.name](analysis)
    if analysis.text is None:
        return Output(_print)
    flag = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
    return Output(lambda answer, _, as_json: _print_document(analysis, answer, as_json=as_json), [flag])


def _print(answer: Callable[[], Content], _: Texts) -> None:
    click.echo(answer().text, nl=False)


def _print_document(analysis: Analysis[Any, Any], answer: Callable[[], Content], *, as_json: bool) -> None:
    document = json.loads(answer().text)
    if as_json or analysis.text is None:
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(analysis.text(document), nl=False)


def _text_or_json(analysis: Analysis[Any, Any]) -> Output:
    choice = click.option("--format", "form", default="text", show_default=True, type=click.Choice(["text", "json"]))
    return Output(lambda answer, _, form: _print_document(analysis, answer, as_json=form == "json"), [choice])


def _to_file(_: Analysis[Any, Any]) -> Output:
    out = click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
    return Output(_print_or_write, [out])


def _print_or_write(answer: Callable[[], Content], texts: Texts, out: Path | None) -> None:
    if out is None:
        _print(answer, texts)
        return
    text = answer().text
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from None
    click.echo(f"wrote {out}", err=True)


def _to_folder(_: Analysis[Any, Any]) -> Output:
    out = click.option(
        "--out", required=True, type=click.Path(path_type=Path), help="A new folder for what is written."
    )
    return Output(backfill.write, [out])


_OWN: Mapping[str, Callable[[Analysis[Any, Any]], Output]] = {
    "backfill": _to_folder,
    "backtest": _text_or_json,
    "report": _to_file,
}
"""The outputs of the analyses that are not just printed, by the names of the analyses."""
