"""The commands of the analyses: `explain`, `what-if`, `report`, `backtest`, `backfill`, each from its definition."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import click

from exporter.analysis.definition import Analysis
from exporter.analysis.parameters import Parameter
from exporter.cli._client import ONE_COMPANY, SEVERAL_COMPANIES, Decorator, analyses, refusals
from exporter.cli.outputs import output


def command(analysis: Analysis[Any, Any]) -> click.Command:
    """Return the command of an analysis: parameters as options, the answer by the output of that analysis."""
    out = output(analysis)
    one = any(field == "company" for field in analysis.parameters)

    def run(address: str, store: Path | None, files: Path | Sequence[Path] | None, **values: Any) -> None:
        texts = {each.name: _texts(values.pop(each.name)) for each in analysis.parameters.values()}
        with refusals(address):
            out.write(
                lambda: analyses(address, store, files, texts["company"][0] if one else None).answer(analysis, texts),
                texts,
                **values,
            )

    made = click.Command(analysis.name, callback=run, help=analysis.description)
    parameters = [_option(each, analysis.defaults.get(field)) for field, each in analysis.parameters.items()]
    for decorate in (*parameters, *out.options, *(ONE_COMPANY if one else SEVERAL_COMPANIES)):
        decorate(made)
    return made


def _option(parameter: Parameter, default: object) -> Decorator:
    if parameter.argument:
        many = -1 if parameter.repeated else 1
        return click.argument(parameter.name, required=parameter.required, nargs=many, metavar=parameter.metavar)
    if parameter.flag:
        return click.option(f"--{parameter.name.replace('_', '-')}", parameter.name, is_flag=True, help=parameter.help)
    text = default.value if isinstance(default, Enum) else default
    attributes: dict[str, Any] = {}  # click takes a default of None for one that was given
    if isinstance(text, str):
        attributes = {"default": text, "show_default": True}
    return click.option(
        f"--{parameter.name.replace('_', '-')}",
        parameter.name,
        required=parameter.required,
        multiple=parameter.repeated,
        metavar=parameter.metavar,
        type=click.Choice(parameter.choices) if parameter.choices else str,
        help=parameter.help,
        **attributes,
    )


def _texts(value: str | bool | Sequence[str] | None) -> Sequence[str]:
    if value is None or value is False:
        return ()
    if value is True:
        return ["true"]
    return [value] if isinstance(value, str) else value
