"""What a company has connected: which KPIs its sources feed, and what the others lack."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from exporter.catalogue.connection import connected_part, missing_tables, no_longer_connected, source_lines
from exporter.catalogue.loading import load, shipped, shipped_file
from exporter.catalogue.model import Company
from exporter.records.systems import SYSTEMS
from exporter.records.tables import TABLES
from exporter.sources.registry import kinds

pytestmark = pytest.mark.slow


def with_tables(company: Company, tables: Collection[str]) -> Company:
    """Return the company with a source of files that fills these tables; without tables, with an empty source."""
    options = {"type": "files", "tables": {table: {"path": f"{table}.csv"} for table in tables}}
    answers = {"type": "prometheus", "url": "http://127.0.0.1:9090", "measures": {"x": {"query": "1", "unit": "count"}}}
    chosen = options if tables else answers
    return replace(company, sources={"books": kinds()[str(chosen["type"])].model_validate(chosen)})


def required(company: Company, id_: str) -> Iterator[str]:
    """Yield the tables that a KPI cannot do without, by its formula as it is written."""
    for name in company.kpis[id_].names():
        if name.name in company.measures:
            yield from company.measures[name.name].tables
        elif name.name in company.kpis:
            yield from required(company, name.name)


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("seed", range(8))
def test_a_kpi_is_connected_when_all_its_tables_are_filled(name: str, seed: int) -> None:
    template = load(shipped_file(name))
    random = Random(seed)
    tables = random.sample(sorted(TABLES), random.randrange(len(TABLES)))
    company = with_tables(template, tables)
    for kpi in company.kpis.values():
        lacking = set(required(company, kpi.id)) - set(tables)
        assert company.missing(kpi) == tuple(sorted(lacking)), kpi.id
        assert company.connected(kpi) == (not lacking)
    groups = missing_tables(company)
    grouped = [kpi.id for group in groups for kpi in group.kpis]
    assert sorted(grouped) == sorted(id_ for id_, kpi in company.kpis.items() if not company.connected(kpi))
    assert [len(group.kpis) for group in groups] == sorted((len(group.kpis) for group in groups), reverse=True)
    assert set(connected_part(company).kpis) == company.kpis.keys() - set(grouped)


@pytest.mark.parametrize("name", shipped())
def test_without_sources_a_catalogue_is_a_template(name: str) -> None:
    company = load(shipped_file(name))
    assert not company.sources
    assert all(company.connected(kpi) for kpi in company.kpis.values())
    assert connected_part(company) is company


def test_constants_and_plans_need_no_source(tmp_path: Path) -> None:
    goal = "{title: Goal, area: growth, definition: A number., unit: count, window: now, formula: 3 * 4}"
    text = f"kpis:\n  goal: {goal}\nsources:\n  b: {{type: files, tables: {{fx_rates: {{path: fx.csv}}}}}}\n"
    company = written(tmp_path, text, extends="unit-economics")
    assert company.connected(company.kpis["goal"])


def test_a_measure_that_a_source_answers_needs_no_table(tmp_path: Path) -> None:
    company = written(
        tmp_path,
        "sources:\n  prom: {type: prometheus, url: http://127.0.0.1:9090, "
        "measures: {mqls: {query: '1', unit: count}}}\n",
        extends="managed-kubernetes",
    )
    assert company.connected(company.kpis["mqls"])
    assert company.missing(company.kpis["lead_to_close"]) == ("deals", "leads")


def written(folder: Path, text: str, extends: str) -> Company:
    file = folder / "acme.yaml"
    file.write_text(f"extends: {extends}\ncompany: acme\ntitle: Acme\n{text}", "utf-8")
    return load(file, not_set=[])


@pytest.mark.parametrize("name", shipped())
def test_the_lines_to_add_connect_what_they_promise(name: str, tmp_path: Path) -> None:
    """Add the lines of one group after the other, as they stand, below `sources:`."""
    text = "sources:\n  stock-levels:\n    type: files\n    tables: {fx_rates: {path: fx.csv}}\n"
    company = written(tmp_path, text, extends=name)
    while groups := missing_tables(company):
        group = groups[-1]
        text += source_lines(company, group.tables)
        company = written(tmp_path, text, extends=name)
        assert all(company.connected(company.kpis[kpi.id]) for kpi in group.kpis)
        assert len(missing_tables(company)) < len(groups)


def test_what_to_connect_is_said_by_system_and_table() -> None:
    company = with_tables(load(shipped_file("unit-economics")), ["subscription_items"])
    groups = {group.title: [kpi.id for kpi in group.kpis] for group in missing_tables(company)}
    title, ids = next(iter(groups.items()))
    assert title == "Connect accounting (ledger_entries) to see 3 more"
    assert ids == ["ltv", "gross_margin", "revenue_growth"]
    title = "Connect the bank (cash_balances) and accounting (ledger_entries) to see 1 more"
    assert groups[title] == ["cash_runway"]
    assert SYSTEMS.keys() == TABLES.keys()


def test_no_breakdown_threshold_or_plan_waits_for_a_table() -> None:
    """Segments of churn are tiers of `customers`, and two plans are rows of `plans`."""
    template = load(shipped_file("unit-economics"))
    alone = connected_part(with_tables(template, ["subscription_items"])).kpis["gross_churn"]
    with_customers = connected_part(with_tables(template, ["subscription_items", "customers"])).kpis["gross_churn"]
    assert (alone.by, alone.segments) == ((), None)
    assert all(not bound.scope.segment for each in alone.thresholds.values() for bound in each.bounds)
    assert with_customers == template.kpis["gross_churn"]
    planned = load(shipped_file("managed-kubernetes"))
    recorded = [id_ for id_, kpi in planned.kpis.items() if kpi.recorded_plan]
    everything = set(TABLES) - {"plans"}
    assert len(recorded) == 2
    for id_ in recorded:
        without = connected_part(with_tables(planned, everything)).kpis[id_]
        assert not without.recorded_plan
        conditions = (without.target, *without.thresholds.values())
        assert not any(condition.of_plan for condition in conditions if condition)
        assert connected_part(with_tables(planned, set(TABLES))).kpis[id_] == planned.kpis[id_]


def test_a_divergence_needs_both_sides() -> None:
    template = load(shipped_file("unit-economics"))
    (diverging,) = (kpi for kpi in template.kpis.values() if kpi.divergence_kpis)
    constant = replace(diverging, formula=template.kpis["cac"].formula)
    company = replace(template, kpis={**template.kpis, diverging.id: constant})
    part = connected_part(with_tables(company, ["acquisition_costs", "subscription_items"]))
    assert not part.kpis[diverging.id].divergence_kpis
    both = connected_part(with_tables(company, set(TABLES)))
    assert both.kpis[diverging.id].divergence_kpis == diverging.divergence_kpis


def test_what_lost_its_source_is_told_and_no_more() -> None:
    template = load(shipped_file("unit-economics"))
    before = with_tables(template, ["subscription_items", "cash_balances", "ledger_entries"])
    after = with_tables(template, ["subscription_items", "ledger_entries"])
    assert [group.ids for group in no_longer_connected(before, after)] == ["cash_runway (cash_balances)"]
    assert not no_longer_connected(after, before)
    assert not no_longer_connected(template, after)
    assert len(no_longer_connected(after, template)) > 0
