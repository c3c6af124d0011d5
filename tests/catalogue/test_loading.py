"""Loading: what a catalogue inherits and replaces, and the values it takes from outside."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from exporter.catalogue.loading import load, load_all, shipped, shipped_file
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError
from exporter.sources.files import FilesOptions
from exporter.sources.http import HttpOptions
from exporter.sources.sql import SqlOptions


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def loaded(folder: Path, text: str, **environ: str) -> Company:
    return load(write(folder / "company.yaml", "extends: managed-kubernetes\n" + dedent(text).lstrip("\n")), environ)


@pytest.mark.parametrize("name", shipped())
def test_every_catalogue_that_ships_loads_under_its_own_name(name: str) -> None:
    assert load(shipped_file(name), {}).name == name


def test_what_is_not_said_is_inherited_and_what_is_said_replaces(tmp_path: Path) -> None:
    base = load(shipped_file("managed-kubernetes"), {})
    company = loaded(tmp_path, 'company: acme\nkpis: {uptime: {warning: "<= 99.8%", action: null}}\n')
    assert company.name == "acme"
    assert list(company.kpis) == list(base.kpis)
    uptime, inherited = company.kpis["uptime"], base.kpis["uptime"]
    assert uptime.warning is not None
    assert uptime.warning.bounds[0].level == Decimal("0.998")
    assert (uptime.critical, uptime.target, uptime.window) == (inherited.critical, inherited.target, inherited.window)
    assert inherited.action is not None
    assert uptime.action is None
    assert company.kpis["arr"] == base.kpis["arr"]


def test_null_removes_a_kpi_and_what_rests_on_it_is_told(tmp_path: Path) -> None:
    assert "csat" not in loaded(tmp_path, "kpis: {csat: null}").kpis
    with pytest.raises(CatalogueError, match=r"kpis\.ltv_cac\.formula: there is no measure or KPI 'ltv'"):
        loaded(tmp_path, "kpis: {ltv: null}")


def test_a_plan_of_one_scenario_replaces_only_that(tmp_path: Path) -> None:
    plans = loaded(tmp_path, "kpis: {arr: {plan: {bear: Y1 100K}}}").kpis["arr"].plans
    assert {scenario.value: plan.text for scenario, plan in plans.items()} == {
        "base": "Y1 560K, Y2 2.0M, Y3 3.8M",
        "bear": "Y1 100K",
        "bull": "Y1 840K, Y2 3.1M, Y3 5.9M",
    }


def test_files_extend_files_from_where_they_are(tmp_path: Path) -> None:
    write(tmp_path / "shared" / "base.yaml", "extends: managed-kubernetes\ncompany: base\ntitle: Base\n")
    write(tmp_path / "shared" / "middle.yaml", "extends: base.yaml\ntitle: Middle\n")
    company = load(write(tmp_path / "acme" / "top.yaml", "extends: ../shared/middle.yaml\ncompany: top\n"), {})
    assert (company.name, company.title) == ("top", "Middle")


def test_the_title_of_a_simulated_company_is_not_that_of_ones_own(tmp_path: Path) -> None:
    assert loaded(tmp_path, "company: acme\n").title == "acme"
    assert loaded(tmp_path, "company: acme\ntitle: Acme GmbH\n").title == "Acme GmbH"


def test_a_path_counts_from_the_file_that_gives_it(tmp_path: Path) -> None:
    write(
        tmp_path / "shared" / "base.yaml",
        """
        extends: managed-kubernetes
        sources:
          crm: {type: files, tables: {deals: {path: data/deals*.csv}, leads: {path: leads.csv}}}
        """,
    )
    top = "extends: ../shared/base.yaml\nsources: {crm: {every: 1h, tables: {leads: {path: own.csv}}}}\n"
    company = load(write(tmp_path / "acme" / "top.yaml", top), {})
    options = company.sources["crm"]
    assert isinstance(options, FilesOptions)
    assert Path(str(options.tables["deals"].path)).resolve() == tmp_path / "shared" / "data" / "deals*.csv"
    assert Path(str(options.tables["leads"].path)).resolve() == tmp_path / "acme" / "own.csv"
    assert options.every == 3600


def test_variables_and_files_give_values(tmp_path: Path) -> None:
    write(tmp_path / "secrets" / "token", "  t0ken\n")
    company = loaded(
        tmp_path,
        """
        company: !env COMPANY
        sources:
          crm: {type: sql, url: !env CRM_URL, every: !env EVERY}
          desk: {type: http, url: "https://desk.example.com", auth: {bearer: !file secrets/token}}
        """,
        COMPANY="acme",
        CRM_URL="sqlite:///crm.db",
        EVERY="1h",
    )
    assert company.name == "acme"
    crm, desk = company.sources["crm"], company.sources["desk"]
    assert isinstance(crm, SqlOptions)
    assert isinstance(desk, HttpOptions)
    assert crm.url.get_secret_value() == f"sqlite:///{tmp_path}/crm.db"
    assert crm.every == 3600
    assert desk.auth is not None
    assert desk.auth.as_header() == ("Authorization", "Bearer t0ken")


@pytest.mark.parametrize("around", ["{}", "{}\n", " {}\r\n", "\n{}\t\n\n"])
@pytest.mark.parametrize("origin", ["!env TOKEN", "!file token"])
def test_what_stands_around_a_secret_is_no_part_of_it(tmp_path: Path, origin: str, around: str) -> None:
    write(tmp_path / "token", around.format("two words"))
    desk = loaded(
        tmp_path,
        f"""
        company: acme
        sources:
          desk: {{type: http, url: "https://desk.example.com", auth: {{bearer: {origin}}}}}
        """,
        TOKEN=around.format("two words"),
    ).sources["desk"]
    assert isinstance(desk, HttpOptions)
    assert desk.auth is not None
    assert desk.auth.as_header() == ("Authorization", "Bearer two words")


def test_an_own_measure_joins_those_that_ship(tmp_path: Path) -> None:
    company = loaded(
        tmp_path,
        """
        measures:
          refunds:
            doc: Money given back in the period.
            unit: money
            by: [account]
            sql: >-
              SELECT period.period, account, SUM(amount) AS value FROM period, ledger_entries
              WHERE booked_on >= period.starts GROUP BY ALL
        kpis:
          refund_share:
            {title: Refunds, area: finance, definition: Refunds over revenue., unit: ratio, window: month,
             formula: refunds / revenue, by: [account]}
        """,
    )
    measure = company.measures["refunds"]
    assert measure.tables == {"ledger_entries"}
    assert measure.unit.text == "EUR"
    assert measure.source is None
    assert set(company.inputs(company.kpis["refund_share"])) == {"refunds", "revenue"}


def test_a_direct_measure_replaces_one_that_ships_under_its_meaning(tmp_path: Path) -> None:
    source = "sources: {m: {type: prometheus, url: 'http://h', measures: {uptime: {query: avg(up), unit: ratio}}}}"
    company = loaded(tmp_path, source)
    base = load(shipped_file("managed-kubernetes"), {})
    measure = company.measures["uptime"]
    assert (measure.source, measure.sql, measure.doc) == ("m", None, base.measures["uptime"].doc)
    assert company.sources_of(company.kpis["uptime"]) == ("m",)
    with pytest.raises(
        CatalogueError, match=r"m\.measures\.uptime\.unit: the measure uptime is in ratio, not duration"
    ):
        loaded(tmp_path, source.replace("unit: ratio", "unit: duration"))


def test_yaml_s_old_types_are_texts(tmp_path: Path) -> None:
    """`20:1` would be the number 1201 and `no` be false."""
    company = loaded(tmp_path, "title: no\nkpis: {clusters_per_engineer: {target: 20:1, warning: < 15:1}}\n")
    target = company.kpis["clusters_per_engineer"].target
    assert target is not None
    assert company.title == "no"
    assert target.bounds[0].level == 20


def test_a_byte_order_mark_and_carriage_returns_are_no_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    file.write_bytes(b"\xef\xbb\xbfextends: managed-kubernetes\r\ncompany: acme\r\n")
    assert load(file, {}).name == "acme"


def test_two_files_about_one_company_are_refused_and_several_companies_are_not(tmp_path: Path) -> None:
    first = write(tmp_path / "a.yaml", "extends: managed-kubernetes\ncompany: acme\n")
    second = write(tmp_path / "b.yaml", "extends: managed-kubernetes\ncompany: other\n")
    assert list(load_all([first, second], {})) == ["acme", "other"]
    with pytest.raises(CatalogueError, match="acme is given by two files"):
        load_all([first, first], {})


def test_a_mistake_in_a_part_is_told_once_and_not_of_what_rests_on_it(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as refused:
        loaded(tmp_path, "kpis: {mrr: {unit: Euro}, arr: {window: never}, customers: {titel: x}}")
    assert [problem.subject for problem in refused.value.problems] == [
        "kpis.mrr.unit",
        "kpis.arr.window",
        "kpis.customers.titel",
    ]


def test_an_alias_may_stand_for_a_value_but_not_for_what_it_stands_in(tmp_path: Path) -> None:
    company = loaded(tmp_path, "company: &name acme\ntitle: *name\n")
    assert company.title == "acme"
    with pytest.raises(CatalogueError, match="an alias leads back to what it stands in"):
        loaded(tmp_path, "kpis: &all {mrr: *all}\n")
