"""An analysis from its definition alone: as a command, at its address, and how its texts are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from click.testing import CliRunner

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import (
    COMPANY,
    KPI,
    Parameter,
    RequestContext,
    RequestRefused,
    Texts,
    all_texts,
    choice,
    text,
)
from exporter.catalogue.loading import load, shipped_file
from exporter.catalogue.model import Company, Kpi
from exporter.cli.analysis import command
from exporter.records.store import Store
from tests.support.world import utc

NOW = utc("2026-04-01")


class Tone(StrEnum):
    """How a greeting sounds."""

    WARM = "warm"
    COOL = "cool"


@dataclass(frozen=True)
class GreetingRequest:
    """Whom to greet."""

    company: Annotated[Company, COMPANY]
    kpi: Annotated[Kpi, KPI]
    tone: Annotated[Tone, choice(Tone, "How it sounds.")] = Tone.WARM
    word: Annotated[str, Parameter(text, "The first word.", "WORD")] = "Hello"
    to: Annotated[tuple[str, ...], Parameter(all_texts, "Whom else.", "NAME", repeated=True)] = ()


GREETING = Analysis(
    name="greeting",
    description="Print a greeting.",
    hint="say which",
    example="company=COMPANY&kpi=ID",
    request=GreetingRequest,
    compute=lambda request, _store, _now: ", ".join([request.word, request.kpi.id, request.tone, *request.to]),
    write=lambda _, answer: Content("text/plain", f"{answer}\n".encode()),
)


@pytest.fixture(scope="module")
def company() -> Company:
    """Return a company that ships."""
    return load(shipped_file("managed-kubernetes"), {}, [])


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        ({}, "Hello, mrr, warm"),
        ({"tone": ["cool"], "word": ["Hi"], "to": ["arr", "nps"]}, "Hi, mrr, cool, arr, nps"),
        ({"word": ["Hi", "Ho"]}, "Ho, mrr, warm"),
        ({"word": [""]}, ", mrr, warm"),
    ],
)
def test_texts_are_read_with_the_defaults_of_the_request(company: Company, texts: Texts, answer: str) -> None:
    context = RequestContext({company.name: company}, NOW)
    request = GREETING.read({"company": [company.name], "kpi": ["mrr"], **texts}, context)
    assert ", ".join([request.word, request.kpi.id, request.tone, *request.to]) == answer


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"kpi": [""]}, "say which: /api/v1/greeting?company=COMPANY&kpi=ID"),
        ({"kpi": ["mmr"]}, "managed-kubernetes has no KPI 'mmr'; did you mean `mrr`?"),
        (
            {"company": ["managed-kubernets"]},
            "there is no company 'managed-kubernets'; did you mean `managed-kubernetes`?",
        ),
        ({"tone": ["loud"]}, "tone: 'loud' is not one; write warm or cool"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(company: Company, texts: Texts, message: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        GREETING.read(
            {"company": [company.name], "kpi": ["mrr"], **texts}, RequestContext({company.name: company}, NOW)
        )
    assert str(refused.value) == message


def test_the_command_follows_from_the_definition(tmp_path: Path, company: Company) -> None:
    Store(tmp_path / "kpi.duckdb").close()
    stopped = ("--store", str(tmp_path / "kpi.duckdb"), "--file", str(company.file))
    greeting = ("managed-kubernetes", "mrr", "--to", "arr", "--tone", "cool")
    result = CliRunner().invoke(command(GREETING), [*greeting, *stopped])
    assert (result.exit_code, result.output) == (0, "Hello, mrr, cool, arr\n")
    refused = CliRunner().invoke(command(GREETING), ["managed-kubernetes", "mmr", *stopped])
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: managed-kubernetes has no KPI 'mmr'; did you mean `mrr`?\n",
    )
    help_text = CliRunner().invoke(command(GREETING), ["--help"]).output
    assert "--tone [warm|cool]  How it sounds.  [default: warm]" in help_text
