"""One KPI is one KPI: what goes wrong with it makes it unknown, with a reason, and concerns nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.catalogue.language import formula
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.history.writer import HistoryWriter
from exporter.kpis.arithmetic import published
from exporter.kpis.evaluation import Evaluator, periods_by_measure
from exporter.kpis.moments import KpiAt
from exporter.kpis.reading import CompanyReading, Reading, Reason, Unknown
from exporter.kpis.snapshot import take_snapshot
from exporter.measures.engine import MeasureResult
from exporter.records.store import Store
from exporter.runtime.service import Runtime
from exporter.sources.interface import Context, Deadline
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.support.runtimes import evaluated
from tests.support.stores import new_store
from tests.support.web_server import served

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
HUGE = 10**27

SANE: Mapping[str, Mapping[str, Any]] = {
    "one": {"formula": "1"},
    "orders": {"by": ["region"], "target": "> 10", "warning": "< 10", "critical": "< 5"},
    "share": {"formula": "orders / 100", "unit": "ratio", "plan": "2026-01-01 20%"},
    "sales": {"formula": "money", "unit": "EUR", "by": ["region"]},
}
BROKEN: Mapping[str, Mapping[str, Any]] = {
    "too_large_for_a_sample": {"formula": "huge" + " * huge" * 12},
    "too_large_for_cents": {"formula": "money * " + " * ".join(["huge"] * 17), "unit": "EUR"},
    "too_large_for_a_decimal": {"formula": "everest" + " * everest" * 30},
    "too_small_to_divide_by": {"formula": "1 / (1 / everest / huge)"},
    "rests_on_it": {"formula": "too_large_for_a_decimal + 1"},
    "large_parts": {"formula": "orders * huge * huge", "by": ["region"]},
    "a_cast": {},
    "an_overflow": {},
    "a_raise": {},
    "a_text": {},
    "two_numbers": {},
    "no_period": {},
}
COMPUTED: Mapping[str, Mapping[str, Any]] = {
    "a_large_level": {"formula": "orders", "critical": f"> {'9' * 28}", "plan": f"2026-01-01 {'9' * 28}"},
    "a_large_plan": {
        "formula": "huge",
        "plan": f"2026-01-01 {'9' * 28}",
        "critical": f"> {'9' * 20}% of plan",
    },
    "tiny": {"formula": "1 / huge / huge / huge", "warning": "declines > 15%"},
}
"""What has a value, though the levels that it is held against are as large as they may be."""

MEASURES = {
    "a_cast": "SELECT period, CAST('x' AS INTEGER) AS value FROM period",
    "an_overflow": "SELECT period, (1e38::DECIMAL(38) + period) * 1e38::DECIMAL(38) AS value FROM period",
    "a_raise": "SELECT period, CAST(error('no') AS INTEGER) AS value FROM period",
    "a_text": "SELECT period, [1] AS value FROM period",
    "two_numbers": "SELECT period, 1 AS value FROM period, range(2)",
    "no_period": "SELECT 1000 AS period, 1 AS value",
    "everest": "SELECT period, 1e300::DOUBLE AS value FROM period",
}


def catalogue(folder: Path, kpis: Mapping[str, Mapping[str, Any]], **also: Any) -> Path:
    regions = "SELECT region, n * 1 AS value FROM rows"
    request = {"path": "orders.csv", "unit": "count"}
    document = {
        "company": "acme",
        "title": "Acme",
        "currency": "EUR",
        "timezone": "UTC",
        "launch": "2024-01-01",
        "links": {"runbooks": "https://r.example.com", "dashboards": "https://g.example.com"},
        "sources": {
            "files": {
                "type": "files",
                "every": "1h",
                "measures": {
                    "orders": {**request, "query": regions, "by": ["region"], "total": "sum"},
                    "money": {**request, "query": regions, "by": ["region"], "total": "sum", "unit": "EUR"},
                    "huge": {**request, "query": f"SELECT {HUGE} AS value"},
                },
            }
        },
        "measures": {name: {"doc": "D.", "unit": "count", "sql": sql} for name, sql in MEASURES.items()},
        "kpis": {
            id_: {
                "title": id_,
                "area": "a",
                "definition": "d",
                "unit": "count",
                "window": "now",
                "cadence": "daily",
                **kpi,
            }
            for id_, kpi in kpis.items()
        },
        **also,
    }
    (folder / "orders.csv").write_text("region,n\nNorth,10\nSouth,7\n")
    (folder / "acme.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return folder / "acme.yaml"


def polled(folder: Path, file: Path) -> Store:
    """Return a store into which the files were read."""
    company, store = load(file, {}), new_store(folder / "records.duckdb")
    for name, options in company.sources.items():
        with store.intake("acme", name, "UTC", "EUR") as intake:
            for item in options.build(name).poll(Context(Deadline(30), {}, NOW, "UTC")):
                intake.take(item)
            intake.commit(NOW, {})
    return store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("acme")


@pytest.fixture(scope="module")
def runtime(folder: Path) -> Iterator[Runtime]:
    """Yield an exporter of a company whose KPIs are sane, computed and broken, the broken ones first."""
    file = catalogue(folder, {**BROKEN, **COMPUTED, **SANE})
    store = polled(folder, file)
    yield evaluated(Runtime([file], store, lambda: NOW))
    store.close()


@pytest.fixture(scope="module")
def address(runtime: Runtime) -> Iterator[str]:
    with served(create_app(runtime, Exposition(runtime.snapshot), lambda: NOW)) as url:
        yield url


def readings(runtime: Runtime) -> Mapping[str, Reading]:
    (company,) = runtime.snapshot().companies
    return {reading.kpi.id: reading for reading in company.kpis}


def test_what_is_broken_says_why_and_all_others_have_their_values(runtime: Runtime, tmp_path: Path) -> None:
    result = readings(runtime)
    for id_ in BROKEN:
        unknown = result[id_].unknown
        assert unknown is not None, id_
        assert unknown.reason is Reason.ERROR, (id_, unknown)
        assert unknown.detail, id_
        assert result[id_].breakdowns == {}, id_
    file = catalogue(tmp_path, {**COMPUTED, **SANE})
    store = polled(tmp_path, file)
    alone = readings(evaluated(Runtime([file], store, lambda: NOW)))
    for id_ in (*COMPUTED, *SANE):
        assert result[id_].value is not None, id_
        assert replace(result[id_], kpi=alone[id_].kpi) == alone[id_], id_
    store.close()
    assert result["orders"].breakdowns == {"region": {"North": 10, "South": 7}}


@pytest.mark.process
@pytest.mark.slow
def test_every_answer_of_the_process_is_given(address: str) -> None:
    metrics = requests.get(f"{address}/metrics", timeout=30).text
    assert 'kpi_one{company="acme"} 1.0' in metrics
    for id_ in BROKEN:
        assert f'kpi_exporter_kpi_unknown{{company="acme",kpi="{id_}",reason="error"}} 1.0' in metrics
    paths = [
        "/",
        "/?view=wall",
        "/sources",
        "/kpis.csv",
        "/api/v1/kpis",
        *(f"/kpi/acme/{id_}" for id_ in (*BROKEN, *COMPUTED, *SANE)),
        *(f"/kpi/acme/{id_}/{table}.csv" for id_ in (*BROKEN, *COMPUTED) for table in ("values", "levels", "inputs")),
        *(f"/api/v1/explain?company=acme&kpi={id_}" for id_ in (*BROKEN, *COMPUTED, *SANE)),
        *(f"/api/v1/report?company=acme&cadence=daily&format={form}" for form in ("markdown", "html")),
        "/api/v1/backtest?company=acme&since=2026-04-01",
        "/api/v1/backfill?since=2026-04-01",
    ]
    for path in paths:
        answer = requests.get(address + path, timeout=60)
        assert answer.status_code == 200, (path, answer.text[:300])
        assert "Infinity" not in answer.text, path
        if "/api/v1/kpis" in path:
            json.loads(answer.text, parse_constant=pytest.fail)


def test_the_past_is_kept(runtime: Runtime, folder: Path) -> None:
    company = load(folder / "acme.yaml", {})
    writer = HistoryWriter(runtime._store, lambda: NOW)
    writer.set_companies({"acme": company})
    assert writer.write_batch("acme")


@pytest.mark.parametrize("change", ["orders=+1e999999%", "orders=1e30", f"huge=+{'9' * 28}", f"huge={'9' * 29}"])
def test_what_if_refuses_what_cannot_be_computed(address: str, change: str) -> None:
    answer = requests.get(f"{address}/api/v1/what-if", params={"company": "acme", "set": change}, timeout=30)
    assert answer.status_code == 400
    assert answer.text.startswith("set: ")


def test_what_if_tells_of_what_can_be_computed(address: str) -> None:
    answer = requests.get(f"{address}/api/v1/what-if", params={"company": "acme", "set": "orders=+20%"}, timeout=30)
    after = {each["id"]: each["after"] for each in answer.json()["kpis"]}
    assert after["orders"] == pytest.approx(20.4)
    assert after["large_parts"] is None


def test_a_company_that_cannot_be_evaluated_takes_no_other_with_it(
    folder: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the start either; after a reload nothing is shown that follows another catalogue."""
    other = folder / "other.yaml"
    other.write_text((folder / "acme.yaml").read_text().replace("company: acme", "company: other"))

    def failing(company: Company, store: Store, now: datetime, last: CompanyReading | None) -> Any:
        if company.name == "acme":
            raise RuntimeError("the ledger is gone")
        return take_snapshot(company, store, now, last)

    monkeypatch.setattr("exporter.runtime.latest.take_snapshot", failing)
    started = evaluated(Runtime([folder / "acme.yaml", other], runtime._store, lambda: NOW))
    for _ in range(2):
        acme, second = started.snapshot().companies
        assert {each.unknown for each in acme.kpis} == {
            Unknown(Reason.ERROR, "the company acme cannot be computed: RuntimeError")
        }
        assert [each.kpi.id for each in second.kpis] == [each.kpi.id for each in acme.kpis]
        assert {each.kpi.id for each in second.kpis if each.value is not None} == {"one"}
        started.reload()
        evaluated(started)


NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.integers(min_value=-(10**38), max_value=10**38).map(Decimal),
    st.sampled_from(["0", "-0", "1E+308", "-1E+308", "1E-308", "1E+27", "9" * 28, "1E+999999", "1E-999999"]).map(
        Decimal
    ),
    st.none(),
)
NAMES = ("a", "b", "c")
TERMS = st.recursive(
    st.sampled_from(["a", "b", "c", "previous(a)", "0", "1", "3", "1e27", "1e-27", "0.1"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda each: f"ceil({each})"),
        inner.map(lambda each: f"(-{each})"),
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    measure = {"path": "x.csv", "query": "SELECT 1 AS value", "unit": "count", "by": ["region"]}
    folder = tmp_path_factory.mktemp("formulas")
    kpis = {f"k{n}": {"formula": "a + b + c + previous(a)", "by": ["region"]} for n in range(4)}
    sources = {"s": {"type": "files", "measures": dict.fromkeys(NAMES, measure)}}
    return load(catalogue(folder, kpis, sources=sources, measures={}), {})


@settings(deadline=None)
@given(data=st.data(), texts=st.lists(TERMS, min_size=4, max_size=4))
def test_no_formula_over_any_numbers_raises_or_touches_another(company: Company, data: Any, texts: list[str]) -> None:
    """With one KPI fewer, the others have exactly the values that they have with it."""
    kpis = {
        id_: replace(kpi, formula=formula.parse(text))
        for (id_, kpi), text in zip(company.kpis.items(), texts, strict=True)
    }
    moments = {id_: KpiAt(kpi, NOW) for id_, kpi in kpis.items()}
    answered = {
        name: {
            period: MeasureResult(
                data.draw(NUMBERS), {"region": {"North": number}} if (number := data.draw(NUMBERS)) else {}
            )
            for period in sorted(periods)
        }
        for name, periods in periods_by_measure(replace(company, kpis=kpis), moments.values()).items()
    }
    answers = {name: answered.get(name, {}) for name in NAMES}

    def values(left_out: str = "") -> Mapping[tuple[str, str], float | Unknown]:
        stored = {id_: kpi for id_, kpi in kpis.items() if id_ != left_out}
        evaluator = Evaluator(replace(company, kpis=stored), answers)
        results = {
            (id_, part): evaluator.value(moments[id_], ("region", part) if part else None)
            for id_ in stored
            for part in ("", "North")
        }
        unit = kpis["k0"].unit
        return {key: each if isinstance(each, Unknown) else published(each, unit) for key, each in results.items()}

    result = values()
    for number in result.values():
        assert isinstance(number, Unknown) or abs(number) < 10**28
    for id_ in kpis:
        assert values(id_) == {key: number for key, number in result.items() if key[0] != id_}
