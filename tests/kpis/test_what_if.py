"""What if: the shocks that can be written, what they reach, and the documents' cases over HTTP and in the command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from exporter.cli import commands
from exporter.runtime.service import Runtime
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.kpis import cloudmetrics
from tests.kpis.cloudmetrics import READ
from tests.support.runtimes import evaluated
from tests.support.web_server import served
from tests.support.world import MakeWorld, TableRow, World, utc

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world_of_2025(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("cloudmetrics")
    made = World(folder, cloudmetrics.tables(), cloudmetrics.CATALOGUE, max_age="9999d")
    yield made.poll(READ)
    made.store.close()


@pytest.fixture(scope="module")
def exporter(world_of_2025: World) -> Iterator[str]:
    """Yield the address of an exporter that has read the company's books, and polls no more."""
    runtime = evaluated(Runtime([world_of_2025.folder / "company.yaml"], world_of_2025.store, lambda: READ))
    with served(create_app(runtime, Exposition(runtime.snapshot), lambda: READ)) as address:
        yield address.removeprefix("http://")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["what-if", "acme", *arguments])


def effects(exporter: str, *settings: str) -> Mapping[str, dict[str, object]]:
    ended = run("--listen", exporter, "--json", *(part for each in settings for part in ("--set", each)))
    assert ended.exit_code == 0, ended.output
    return {each["id"]: each for each in json.loads(ended.output)["kpis"]}


@pytest.mark.slow
def test_the_documents_cases_as_a_table(exporter: str) -> None:
    churn = run("--listen", exporter, "--set", "churn=+200bp").output.splitlines()
    assert churn[0].split() == ["KPI", "before", "after", "change", "status"]
    (line,) = (line for line in churn if line.startswith("LTV:CAC"))
    assert line.split() == ["LTV:CAC", "1.78", "1.64", "−7.7%", "critical"]
    cac = run("--listen", exporter, "--set", "cac=+20%").output.splitlines()
    (line,) = (line for line in cac if line.startswith("LTV:CAC"))
    assert line.split() == ["LTV:CAC", "1.78", "1.48", "−16.7%", "critical"]


def test_only_what_depends_on_the_input_is_told(exporter: str) -> None:
    assert set(effects(exporter, "churn=+200bp")) == {"ltv", "ltv_cac", "churn", "lifespan"}
    assert set(effects(exporter, "cac=+20%")) == {"cac", "ltv_cac", "cac_payback"}
    both = effects(exporter, "churn=+200bp", "cac=+20%")
    assert set(both) == {"ltv", "ltv_cac", "churn", "lifespan", "cac", "cac_payback"}
    assert round(float(str(both["ltv_cac"]["after"])), 2) == 1.37
    assert both["ltv"]["before"] == 78624
    assert round(float(str(both["ltv"]["after"]))) == 72531


@pytest.mark.parametrize(
    ("setting", "cac"),
    [
        ("cac=+20%", 44174.757 * 1.2),
        ("cac=-20%", 44174.757 * 0.8),
        ("cac=+$825.24", 45000.0),
        ("cac=-174.76", 44000.0),
        ("cac=30K", 30000.0),
        ("new_paying_customers=+88", 36400.0),
        ("acquisition_costs=9.1M", 44174.757 / 2),
    ],
)
def test_a_change_is_relative_absolute_or_a_new_amount(exporter: str, setting: str, cac: float) -> None:
    assert float(str(effects(exporter, setting)["cac"]["after"])) == pytest.approx(cac, abs=0.01)


@pytest.mark.parametrize(
    ("setting", "churn"),
    [("churn=+20%", 0.2381 * 1.2), ("churn=+2pp", 0.2581), ("churn=-200bp", 0.2181), ("churn=20%", 0.2)],
)
def test_a_percentage_is_relative_and_points_are_absolute(exporter: str, setting: str, churn: float) -> None:
    assert float(str(effects(exporter, setting)["churn"]["after"])) == pytest.approx(churn, abs=1e-4)


def test_what_was_a_period_before_stays(exporter: str) -> None:
    """A tenth more MRR is growth, for that of a year ago is what it was; NRR rests on the past and the movements."""
    reached = effects(exporter, "mrr=+10%")
    assert set(reached) == {"arr", "arr_growth"}
    assert float(str(reached["arr_growth"]["after"])) == pytest.approx(1.1 * 109.08 / 89.4 - 1)


def test_a_status_that_changes_shows_both(exporter: str) -> None:
    reached = effects(exporter, "churn=10%")["ltv_cac"]
    assert (reached["status_before"], reached["status_after"]) == ("critical", "in order")
    output = run("--listen", exporter, "--set", "churn=10%").output
    assert f"critical -> {reached['display_status_after']}" in output
    assert "in order" not in output


def test_a_lifespan_without_end_is_unknown_not_endless(exporter: str) -> None:
    reached = effects(exporter, "churn=0%")
    assert (reached["ltv"]["after"], reached["ltv"]["change"], reached["ltv"]["status_after"]) == (
        None,
        None,
        "unknown",
    )
    assert "unknown" in run("--listen", exporter, "--set", "churn=0%").output


def test_nothing_is_stored_or_published(exporter: str, world_of_2025: World) -> None:
    before = requests.get(f"http://{exporter}/api/v1/kpis", timeout=10).json()
    effects(exporter, "churn=+200bp")
    assert requests.get(f"http://{exporter}/api/v1/kpis", timeout=10).json() == before


def test_a_plus_sign_that_was_not_encoded_still_adds(exporter: str) -> None:
    address = f"http://{exporter}/api/v1/what-if?company=acme&set=churn="
    assert requests.get(address + "+200bp", timeout=10).json() == requests.get(address + "%2B200bp", timeout=10).json()


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("company=acme", 400, "say what: /api/v1/what-if?company=COMPANY&set=churn=%2B200bp\n"),
        ("set=churn=1%25", 400, "say what: /api/v1/what-if?company=COMPANY&set=churn=%2B200bp\n"),
        ("company=acne&set=churn=1%25", 404, "there is no company 'acne'; did you mean `acme`?\n"),
        ("company=acme&set=lifespam=1", 400, "set: there is no measure or KPI 'lifespam'; did you mean `lifespan`?\n"),
        ("company=acme&set=churn", 400, "set: 'churn' sets nothing; write for example churn=+200bp or cac=+20%\n"),
    ],
)
def test_what_cannot_be_answered_is_said(exporter: str, query: str, status: int, message: str) -> None:
    answer = requests.get(f"http://{exporter}/api/v1/what-if?{query}", timeout=10)
    assert (answer.status_code, answer.text) == (status, message)


@pytest.mark.parametrize("change", ["+", "+-5", "lots", "+20 apples", "", "+nan%", "--20%"])
def test_a_change_that_does_not_fit_the_unit_is_refused(exporter: str, change: str) -> None:
    ended = run("--listen", exporter, "--set", f"churn={change}")
    assert ended.exit_code == 1
    assert f"churn: {change!r} is not a change of an amount in the unit ratio" in ended.output


def test_an_input_is_set_once(exporter: str) -> None:
    ended = run("--listen", exporter, "--set", "cac=+20%", "--set", "cac=+10%")
    assert "cac is set twice; keep one" in ended.output


@pytest.mark.slow
def test_it_reads_a_store_when_no_exporter_runs(world: MakeWorld, tmp_path: Path) -> None:
    acme = world(cloudmetrics.tables(), catalogue=cloudmetrics.CATALOGUE, max_age="9999d").poll(READ)
    acme.store.close()
    here = ("--store", str(acme.folder / "records.duckdb"), "--file", str(acme.folder / "company.yaml"))
    ended = run("--set", "churn=+200bp", *here)
    assert ended.exit_code == 0, ended.output
    assert "1.64" in ended.output
    assert "there is no measure or KPI 'x'" in run("--set", "x=1", *here).output
    assert "no exporter answers on 127.0.0.1:1;" in run("--set", "churn=1%", "--listen", "127.0.0.1:1").output
    assert "--store needs --file" in run("--set", "churn=1%", *here[:2]).output


@pytest.mark.slow
def test_a_labelled_input_is_that_part_only(world: MakeWorld) -> None:
    """Of the headcount, the company's KPI asks for support; a change of all people does not reach it."""
    starts = utc("2026-01-01").isoformat()
    tables: dict[str, list[TableRow]] = {
        "headcount": [{"team": team, "effective_on": "2026-01-01", "people": 2} for team in ("support", "sales")],
        "subscription_items": [
            {
                "item_id": n,
                "subscription_id": n,
                "customer_id": n,
                "unit_amount": 1,
                "currency": "EUR",
                "starts_at": starts,
            }
            for n in range(12)
        ],
    }
    read = utc("2026-04-01T06:00")
    scenarios = {"hire": {'headcount["support"]': "+2"}, "more": {"headcount": "+50%"}, "none": {"nps": "+1"}}
    series = world(tables, catalogue={"scenarios": scenarios}).poll(read).take(read)
    per_person = next(each for each in series.kpis if each.kpi.id == "customers_per_support_engineer")
    assert per_person.value == 6
    assert per_person.scenarios == {"hire": 3}
