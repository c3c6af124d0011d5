"""`kpi-exporter backtest` from a store that no exporter holds and from one that runs, with thresholds on trial."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner, Result

from exporter.cli import commands
from exporter.quantities import units
from exporter.quantities.prometheus import style
from exporter.runtime.service import Runtime
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.support.mrr_company import BOOKS, READ, catalogue
from tests.support.runtimes import evaluated
from tests.support.web_server import served
from tests.support.world import World

pytestmark = [pytest.mark.process, pytest.mark.slow]

KPIS = catalogue(
    income={"title": "Income", "warning": "> 1400", "critical": "> 1600"},
    half={"formula": "mrr / 2", "by": ["tier"], "segments": "tier", "warning": "> 400 (gold)"},
    planned={"plan": "2026-01-01 1000", "warning": "< plan"},
)
STRETCH = ("--since", "2026-01-15", "--until", "2026-04-15")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, BOOKS, KPIS, max_age="3650d").poll(READ)
    yield made
    made.store.close()


@pytest.fixture
def exporter(books: World) -> Iterator[str]:
    """Return the address of an exporter that has read the books, and polls no more."""
    runtime = evaluated(Runtime([books.folder / "company.yaml"], books.store, lambda: READ))
    with served(create_app(runtime, Exposition(runtime.snapshot), lambda: READ)) as address:
        yield address.removeprefix("http://")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, ["backtest", *map(str, arguments)])


def backtest_of(exporter: str, *arguments: str) -> dict[str, Any]:
    ended = run("acme", *STRETCH, "--listen", exporter, "--format", "json", *arguments)
    assert ended.exit_code == 0, ended.output
    document: dict[str, Any] = json.loads(ended.output)
    return document


def counts(part: dict[str, Any]) -> dict[str, int]:
    return {f"{each['kpi']}.{each['severity']}": each["notifications"] for each in part["alerts"]}


def edit(books: World, **changes: str) -> None:
    """Another threshold for `income` in the company's file."""
    file = books.folder / "company.yaml"
    document = yaml.safe_load(file.read_text("utf-8"))
    document["kpis"]["income"] |= changes
    file.write_text(yaml.safe_dump(document), "utf-8")


EUROS = style(units.parse("EUR")).text

TABLE = f"""\
acme from 2026-01-15 to 2026-04-15, judged every 1d

alert           severity  threshold  notifications  a month  of the time  unknown
KpiIncomeHigh   warning   > 1400                 1     0.34        25.6%       0%
KpiIncomeHigh   critical  > 1600                 1     0.34         5.6%       0%
all             warning                          1     0.34          20%
all             critical                         1     0.34         5.6%

KpiIncomeHigh (warning): > 1400
  from 2026-02-10  to 2026-03-05  23d  worst {EUROS(1800)}, limit {EUROS(1400)}

KpiIncomeHigh (critical): > 1600
  from 2026-02-20  to 2026-02-25  5d  worst {EUROS(1800)}, limit {EUROS(1600)}
"""


def test_a_store_that_nobody_holds_and_a_running_exporter_say_the_same(books: World, exporter: str) -> None:
    only = ("--kpi", "income")
    table = run("acme", *STRETCH, *only, "--listen", exporter).output
    assert [line.split() for line in table.splitlines()] == [line.split() for line in TABLE.splitlines()]
    document = backtest_of(exporter, *only)
    books.store.close()
    of_store = ("--store", books.store.path, "--file", books.folder / "company.yaml")
    assert run("acme", *STRETCH, *only, *of_store).output == table
    assert json.loads(run("acme", *STRETCH, *only, "--format", "json", *of_store).output) == document


def test_json_has_instants_in_utc_and_values_in_the_unit_of_the_kpi(exporter: str) -> None:
    document = backtest_of(exporter, "--kpi", "income")
    assert (document["since"], document["until"]) == ("2026-01-14T23:00:00+00:00", "2026-04-14T22:00:00+00:00")
    assert (document["moments"], document["trial"]) == (91, None)
    critical = document["alerts"][1]
    assert (critical["alert"], critical["severity"], critical["unit"]) == ("KpiIncomeHigh", "critical", "EUR")
    assert critical["episodes"] == [
        {
            "from": "2026-02-19T23:00:00+00:00",
            "to": "2026-02-24T23:00:00+00:00",
            "open_start": False,
            "end": "resolved",
            "seconds": 5 * 86400,
            "worst": {"at": "2026-02-19T23:00:00+00:00", "value": 1800.0, "limit": 1600.0},
        }
    ]


def test_a_threshold_on_trial_stands_beside_the_one_there_is(exporter: str) -> None:
    document = backtest_of(exporter, "--threshold", "income.critical=>= 1500", "--threshold", "income.warning=> 900")
    assert counts(document) == {"income.warning": 1, "income.critical": 1}
    assert counts(document["trial"]) == {"income.warning": 1, "income.critical": 1}
    before, after = (each["alerts"][1] for each in (document, document["trial"]))
    assert (before["threshold"], after["threshold"]) == ("> 1600", ">= 1500")
    assert (before["episodes"][0]["seconds"], after["episodes"][0]["seconds"]) == (5 * 86400, 23 * 86400)
    printed = run("acme", *STRETCH, "--listen", exporter, "--threshold", "income.critical=>= 1500").output
    assert printed.index("As it is") < printed.index("> 1600") < printed.index("As tried") < printed.index(">= 1500")


def test_a_trial_may_add_take_out_and_turn_a_threshold_into_another_form(exporter: str) -> None:
    assert counts(backtest_of(exporter, "--threshold", "income.warning=")["trial"]) == {"income.critical": 1}
    fallen = backtest_of(exporter, "--threshold", "income.warning=", "--threshold", "income.critical=declines > 30%")
    assert [each["alert"] for each in fallen["trial"]["alerts"]] == ["KpiIncomeFalling"]
    assert counts(fallen["trial"]) == {"income.critical": 1}
    assert fallen["trial"]["alerts"][0]["gaps"] == []  # the months before are backtest_of for a trial's sake, too
    both = backtest_of(exporter, "--threshold", "half.critical=> 800, > 500 (gold)")
    assert [(each["segment"], each["notifications"]) for each in both["trial"]["alerts"]] == [
        ("gold", 1),
        ("", 1),
        ("gold", 0),
    ]


def test_an_edited_file_is_judged_before_the_exporter_loads_it(books: World, exporter: str) -> None:
    assert counts(backtest_of(exporter, "--kpi", "income"))["income.critical"] == 1
    edit(books, critical="> 1800")
    assert counts(backtest_of(exporter, "--kpi", "income"))["income.critical"] == 0
    kpis = requests.get(f"http://{exporter}/api/v1/kpis", timeout=10).json()["companies"][0]["kpis"]
    assert [each["thresholds"]["critical"][0]["limit"] for each in kpis if each["id"] == "income"] == [1600]


def test_a_file_that_cannot_be_used_is_refused_with_its_mistakes(books: World, exporter: str) -> None:
    edit(books, critical="1700")
    refused = run("acme", *STRETCH, "--listen", exporter)
    assert refused.exit_code == 1
    assert ": kpis.income.critical: '1700' is not a threshold" in refused.output


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (("acme",), ["Missing option '--since'"]),
        (("amce", "--since", "2026-01-15"), ["there is no company 'amce'; did you mean `acme`?"]),
        (("acme", "--since", "monday"), ["'monday' is not a date or time"]),
        (("acme", "--since", "2026-06-01"), ["the history from 2026-06-01 to now is empty"]),
        (("acme", "--since", "2026-01-01", "--until", "2026-06-01"), ["nothing is known yet of 2026-06-01"]),
        (("acme", "--since", "1066-10-14", "--step", "52 weeks"), ["1066-10-14 is too long ago"]),
        (("acme", "--since", "2026-01-01", "--step", "1s"), ["are more than 5,000 moments; write a longer one"]),
        (("acme", "--since", "2026-01-01", "--step", "0d"), ["steps of 0d"]),
        (("acme", "--since", "2026-01-01", "--step", "often"), ["'often' is not a duration"]),
        (
            ("acme", "--since", "2026-01-01", "--kpi", "incame", "--kpi", "harf"),
            ["acme has no KPI 'incame'; did you mean `income`?", "acme has no KPI 'harf'; did you mean `half`?"],
        ),
        (
            (
                *("acme", "--since", "2026-01-01", "--threshold", "income", "--threshold", "incame.warning=> 1"),
                *("--threshold", "half.critcal=> 1", "--threshold", "half.warning=> 1", "--threshold", "half.warning="),
            ),
            [
                "'income' sets no threshold; write KPI.SEVERITY=THRESHOLD",
                "acme has no KPI 'incame'; did you mean `income`?",
                "'critcal' is not a severity; did you mean `critical`?",
                "half.warning is set twice; keep one",
            ],
        ),
        (
            (
                *("acme", "--since", "2026-01-01", "--threshold", "income.critical=99%"),
                *("--threshold", "half.critical=< 50% of plan", "--threshold", "planned.critical=> 5 (tin)"),
            ),
            [
                "income.critical: '99%' is not a threshold; write for example",
                "half.critical: there is no plan for this to refer to; add `plan`",
                "planned.critical: (tin) is not a scope",
            ],
        ),
        (
            ("acme", "--since", "2026-01-01", "--threshold", "income.critical=> 1200"),
            ["income.critical: the critical level '> 1200' is reached before the warning '> 1400'; swap them"],
        ),
    ],
)
def test_mistakes_are_sentences_all_at_once(exporter: str, arguments: tuple[str, ...], messages: list[str]) -> None:
    result = run(*arguments, "--listen", exporter)
    assert result.exit_code != 0
    assert [each for each in messages if each not in result.output] == []
    assert "Traceback" not in result.output


def test_a_store_needs_the_file_of_that_company(books: World) -> None:
    books.store.close()
    alone = run("acme", "--since", "2026-01-01", "--store", books.store.path)
    assert "--store needs --file, the company's catalogue" in alone.output
    other = run("ecma", *STRETCH, "--store", books.store.path, "--file", books.folder / "company.yaml")
    assert (other.exit_code, "company.yaml is not about 'ecma'; there are: acme" in other.output) == (1, True)


def test_without_company_and_beginning_the_address_says_what_to_ask(exporter: str) -> None:
    answer = requests.get(f"http://{exporter}/api/v1/backtest?company=acme", timeout=10)
    assert (answer.status_code, answer.text) == (
        400,
        "say what: /api/v1/backtest?company=COMPANY&since=2026-01-01\n",
    )


def test_where_no_exporter_answers_it_says_what_to_give() -> None:
    result = run("acme", "--since", "2026-01-01", "--listen", "127.0.0.1:9")
    assert "no exporter answers on 127.0.0.1:9" in result.output


def test_early_warnings_are_replayed_where_there_are_periods_enough(exporter: str) -> None:
    ended = run("acme", *STRETCH, "--listen", exporter, "--early")
    assert ended.exit_code == 0, ended.output
    assert ended.output == "No KPI has seven complete periods yet; write an earlier --since.\n"
    assert backtest_of(exporter, "--early")["all"]["periods"] == 0
