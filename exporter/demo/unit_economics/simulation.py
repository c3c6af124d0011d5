"""The subscription business with stores: what each of its systems exports, in columns of its own."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Rows, columns
from exporter.demo.kit.simulation import Simulation
from exporter.demo.unit_economics import accounting, stores, subscribers
from exporter.demo.unit_economics.base_plan import COMPLETE, ZONE


def _tables(months: Months, cut: Cutoff, rng: Rng) -> Mapping[str, Rows]:
    customers = subscribers.simulate_subscribers(months, rng)
    expenses = accounting.simulate_expenses(months, rng)
    entries = accounting.simulate_entries(customers, expenses, months, rng)
    return {
        "billing/accounts.csv": cut(subscribers.accounts(customers), "since"),
        "billing/contracts.csv": cut(subscribers.contracts(customers), "from"),
        "finance/acquisition.csv": cut.booked(
            columns(expenses, id="id", day="on", segment="segment", usd="amount"), "day"
        ),
        "finance/journal.csv": cut.booked(
            columns(entries, voucher="id", posted="on", account="account", usd="amount"), "posted"
        ),
        "finance/balances.csv": cut.booked(accounting.balances(entries, months), "day"),
        "retail/shops.csv": cut(stores.shops(months), "opened"),
        "retail/sales.parquet": cut(stores.sales(months, rng), "day"),
        "retail/stock.csv": cut(stores.stock(months, rng), "day"),
        "retail/articles.csv": cut.booked(stores.articles(months, rng), "month"),
    }


_COMPANY = Simulation(__package__, COMPLETE, ZONE, _tables)
simulate, write = _COMPANY.simulate, _COMPANY.write
