"""The worked examples of unit economics, from CSV files to the text of `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.kpis import cloudmetrics
from tests.kpis.cloudmetrics import READ
from tests.support.world import MakeWorld, TableRow, World, utc

CLASSES = ("unhealthy", "marginal", "healthy", "underleveraged")


@pytest.fixture(scope="module")
def world_of_2025(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("cloudmetrics"), cloudmetrics.tables(), cloudmetrics.CATALOGUE)
    yield made.poll(READ)
    made.store.close()


@pytest.fixture(scope="module")
def series(world_of_2025: World) -> Mapping[str, float]:
    return world_of_2025.series(READ)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("kpi_revenue_per_customer_usd_per_month", 2000),
        ("kpi_gross_margin_ratio", 0.78),
        ("kpi_ltv_usd", 78624),
        ("kpi_cac_usd", 44174.76),
        ("kpi_arr_usd", 24000 * 4545),
    ],
)
def test_amounts_are_exact(series: Mapping[str, float], metric: str, value: float) -> None:
    assert series[f'{metric}{{company="acme"}}'] == value


@pytest.mark.parametrize(
    ("metric", "value", "places"),
    [
        ("kpi_lifespan_months", 50.4, 10),
        ("kpi_ltv_cac", 1.78, 2),
        ("kpi_cac_payback_months", 28.3, 1),
        ("kpi_nrr_ratio", 1.0246, 4),
        ("kpi_gross_churn_ratio", 0.0996, 4),
        ("kpi_arr_growth_ratio", 0.22, 3),
        ("kpi_churn_ratio", 0.2381, 4),
        ("kpi_logo_churn_ratio", 0.0677, 4),
    ],
)
def test_rates_are_those_of_the_document(series: Mapping[str, float], metric: str, value: float, places: int) -> None:
    assert round(series[f'{metric}{{company="acme"}}'], places) == value


def test_the_ratio_is_marginal_and_critical(series: Mapping[str, float]) -> None:
    classes = {name: series[f'kpi_class{{class="{name}",company="acme",kpi="ltv_cac"}}'] for name in CLASSES}
    assert classes == {**dict.fromkeys(CLASSES, 0), "marginal": 1}
    assert series['kpi_status{company="acme",kpi="ltv_cac"}'] == 2


def test_payback_is_over_the_limit_of_enterprises(series: Mapping[str, float]) -> None:
    payback = series['kpi_cac_payback_by_segment_months{company="acme",segment="enterprise"}']
    assert round(payback, 1) == 28.3
    assert series['kpi_status{company="acme",kpi="cac_payback"}'] == 1


def test_the_summary_of_signals(series: Mapping[str, float]) -> None:
    """Retention is acceptable, not good; growth is below its target; churn of 9.96% is still below 10%."""
    status = {kpi: series[f'kpi_status{{company="acme",kpi="{kpi}"}}'] for kpi in ("nrr", "arr_growth", "logo_churn")}
    assert status == {"nrr": 1, "arr_growth": 1, "logo_churn": 0}


def test_the_runway_is_cash_over_the_expenses_of_a_month(series: Mapping[str, float]) -> None:
    assert series['kpi_cash_runway_months{company="acme"}'] == 12_000_000 / 2_400_000


def test_the_scenarios_of_the_catalogue_are_published(series: Mapping[str, float]) -> None:
    def scenario(kpi: str, name: str) -> float:
        return series[f'kpi_scenario{{company="acme",kpi="{kpi}",scenario="{name}"}}']

    assert round(scenario("ltv_cac", "churn_up"), 2) == 1.64
    assert round(scenario("ltv_cac", "cac_up"), 2) == 1.48
    assert round(scenario("ltv", "churn_up")) == 72531
    assert 'kpi_scenario{company="acme",kpi="ltv",scenario="cac_up"}' not in series


def test_contribution_of_an_article(world: MakeWorld) -> None:
    """The payment's 2.9% + 0.30 of 49.99 is 1.75; a second article shows that each has its own margin."""
    tables: dict[str, list[TableRow]] = {
        "sku_sales": [
            _sold("jacket", 1000, 49.99, 18.50, shipping=6.20, payment_rate=0.029, payment_fee=0.30),
            _sold("scarf", 1000, 10, 4),
        ]
    }
    series = world(tables, catalogue=cloudmetrics.CATALOGUE).poll(READ).series(READ)
    assert series['kpi_contribution_per_unit_by_sku_usd{company="acme",sku="jacket"}'] == 23.54
    assert round(series['kpi_contribution_margin_by_sku_ratio{company="acme",sku="jacket"}'], 3) == 0.471
    assert series['kpi_contribution_margin_by_sku_ratio{company="acme",sku="scarf"}'] == 0.6
    assert round(series['kpi_contribution_margin_ratio{company="acme"}'], 4) == round(29.54029 / 59.99, 4)


def _sold(sku: str, units: int, price: float, unit_cost: float, **other: object) -> TableRow:
    row = {"sku": sku, "sold_on": "2025-05-01", "units": units, "price": price, "unit_cost": unit_cost}
    return {**row, "currency": "USD", **other}


def test_a_store_that_was_not_open_both_years_does_not_count_as_growth(world: MakeWorld) -> None:
    tables: dict[str, list[TableRow]] = {
        "stores": [{"store_id": "a", "opened_on": "2020-01-01"}, {"store_id": "b", "opened_on": "2025-05-01"}],
        "store_sales": [
            _day("a", "2024-06-01", 100, 50),
            _day("a", "2025-06-01", 110, 60),
            _day("b", "2025-06-01", 60, 30),
        ],
    }
    series = world(tables, catalogue=cloudmetrics.CATALOGUE).poll(READ).series(READ)
    assert round(series['kpi_same_store_sales_ratio{company="acme"}'], 10) == 0.1
    assert round(series['kpi_retail_revenue_growth_ratio{company="acme"}'], 10) == 0.7


def test_stock_grows_while_sales_fall(world: MakeWorld) -> None:
    """The document's case: +8.4% of inventory against -7.3% of revenue."""
    tables: dict[str, list[TableRow]] = {
        "store_sales": [_day("a", "2024-06-01", 1000, 600), _day("a", "2025-06-01", 927, 600)],
        "stock_levels": [_count("2024-12-31", 1000), _count("2025-12-31", 1084)],
    }
    series = world(tables, catalogue=cloudmetrics.CATALOGUE).poll(READ).series(READ)
    assert round(series['kpi_inventory_growth_ratio{company="acme"}'], 10) == 0.084
    assert round(series['kpi_retail_revenue_growth_ratio{company="acme"}'], 10) == -0.073
    assert round(series['kpi_inventory_divergence_ratio{company="acme"}'], 10) == 0.157
    assert series['kpi_status{company="acme",kpi="inventory_divergence"}'] == 1


def test_stock_turns_over_the_average_of_13_ends_of_month(world: MakeWorld) -> None:
    """With 100 at twelve ends of month and 230 at the last it is 110; two ends or twelve months would say otherwise."""
    months = [f"{2024 if number == 0 else 2025}-{(number - 1) % 12 + 1:02}-28" for number in range(13)]
    tables: dict[str, list[TableRow]] = {
        "stores": [{"store_id": "a", "format": "apparel", "opened_on": "2020-01-01", "selling_area": 2}],
        "store_sales": [_day("a", "2025-06-01", 880, 550)],
        "stock_levels": [_count(on, 230 if on == months[-1] else 100) for on in months],
    }
    series = world(tables, catalogue=cloudmetrics.CATALOGUE).poll(READ).series(READ)
    assert round(series['kpi_inventory_turns_per_year{company="acme"}'], 10) == 5
    assert round(series['kpi_gmroi_ratio{company="acme"}'], 10) == 3
    assert series['kpi_sales_per_square_foot_usd{company="acme"}'] == 440
    assert series['kpi_sales_per_square_foot_by_format_usd{company="acme",format="apparel"}'] == 440


def _day(store: str, on: str, amount: int, cost: int) -> TableRow:
    row = {"sale_id": f"{store} {on}", "store_id": store, "sold_on": on, "amount": amount, "cost": cost}
    return {**row, "currency": "USD"}


def _count(on: str, amount: int) -> TableRow:
    return {"store_id": "a", "counted_on": on, "amount": amount, "currency": "USD"}


@pytest.mark.parametrize(("latest", "status"), [(1441, 0), (1440, 0), (1439, 1)])
def test_growth_slower_than_a_year_before_is_a_warning(world: MakeWorld, latest: int, status: int) -> None:
    """From 1000 to 1200 it was 20%; 1440 is as much again, and 1439 slower, though more in absolute terms."""
    years = {"2023": 1000, "2024": 1200, "2025": latest}
    entries = [
        {"entry_id": y, "account": "recurring_revenue", "amount": amount, "booked_on": f"{y}-06-01", "currency": "USD"}
        for y, amount in years.items()
    ]
    series = world({"ledger_entries": entries}, catalogue=cloudmetrics.CATALOGUE).poll(READ).series(READ)
    assert series['kpi_status{company="acme",kpi="revenue_growth"}'] == status


def test_new_customers_leave_faster_than_old_ones(world: MakeWorld) -> None:
    """In December 2 of 25 of the latest six cohorts leave, and 2 of 100 older ones: 8% against 2%."""
    items = [
        *_cohort("2022-01-15", 100, gone=2),
        *_cohort("2025-05-31", 100, gone=2),  # the seventh month before December is old
        *_cohort("2025-06-01", 10, gone=2),
        *_cohort("2025-11-30", 15, gone=0),
        *_cohort("2025-12-02", 40, gone=40),  # nobody who was there at the month's start
    ]
    series = world({"subscription_items": items}, catalogue=cloudmetrics.CATALOGUE).poll(READ).series(READ)
    assert round(series['kpi_cohort_churn_ratio{company="acme"}'], 10) == 0.06
    assert series['kpi_status{company="acme",kpi="cohort_churn"}'] == 1

    def vintage(month: str) -> float | None:
        return series.get(f'kpi_vintage_churn_by_vintage_ratio{{company="acme",vintage="{month}"}}')

    assert [vintage(month) for month in ("2022-01", "2025-06", "2025-11", "2025-12")] == [0.02, 0.2, 0, None]


def _cohort(starts: str, size: int, gone: int) -> Iterator[TableRow]:
    for number in range(size):
        yield {
            "item_id": f"{starts} {number}",
            "subscription_id": f"{starts} {number}",
            "customer_id": f"{starts} {number}",
            "unit_amount": 10,
            "currency": "USD",
            "starts_at": f"{starts}T00:00:00Z",
            "ends_at": utc("2025-12-15").isoformat() if number < gone else "",
        }
