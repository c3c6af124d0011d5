"""`kpi-exporter try`: what each source gives, what is set aside and why, and nothing stored."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from click.testing import CliRunner, Result

from exporter.cli import commands
from tests.servers.postgres import Postgres
from tests.servers.standin import HttpResponse, Standin

pytestmark = pytest.mark.slow

ITEMS = "item_id,customer,price,start\n1,c1,100,2026-01-01\n2,c2,50,2026-02-01\n"


def attempt(folder: Path, sources: Mapping[str, Any], *options: str) -> Result:
    """Try a company with these sources."""
    file = folder / "acme.yaml"
    head = {"extends": "unit-economics", "company": "acme", "title": "Acme"}
    file.write_text(yaml.safe_dump({**head, "sources": dict(sources)}, sort_keys=False))
    return CliRunner().invoke(commands, ["try", str(file), *options])


def billing(**options: Any) -> Mapping[str, Any]:
    table = {
        "path": "items.csv",
        "columns": {
            "subscription_id": "item_id",
            "customer_id": "customer",
            "unit_amount": "price",
            "starts_at": "start",
        },
        "constants": {"currency": "USD"},
        **options,
    }
    return {"type": "files", "tables": {"subscription_items": table}}


def test_a_source_that_is_right(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    result = attempt(tmp_path, {"billing": billing()})
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "billing (files): read\n"
        f"  items.csv: 1 file, {len(ITEMS)} bytes\n"
        "  table subscription_items: 2 rows\n"
        "    such as item_id 1, subscription_id 1, customer_id c1, unit_amount 100, starts_at 2026-01-01, "
        "currency USD\n"
        "    such as item_id 2, subscription_id 2, customer_id c2, unit_amount 50, starts_at 2026-02-01, "
        "currency USD\n"
        "    nothing fills line_id, product, plan, asset_id, ends_at, cancel_requested_at, paid_through, learnt_at\n"
    )
    assert "Annual recurring revenue: $1,800" in result.stdout
    assert result.stderr == "1 of 1: billing (files)\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acme.yaml", "items.csv"]


def test_rows_that_are_set_aside_and_why(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(f"{ITEMS}3,c3,abc,2026-02-01\n")
    result = attempt(tmp_path, {"billing": billing(may_reject="50%")})
    assert result.exit_code == 1
    assert '    1 set aside:\n      3: unit_amount: "abc" is not a number' in result.stdout
    assert "table subscription_items: 3 rows" in result.stdout


HEADER = "item_id,customer,price,start\n"


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (HEADER.replace(",", ";"), {}, 'if ";" parts its fields, write `delimiter: ";"`'),
        (
            HEADER.replace("price", "Price") + "1,c1,1,2026-01-01\n",
            {},
            "no column `price` (is it `Price`?)",
        ),
        (
            HEADER + '1,c1,"1.500,50",2026-01-01\n',
            {},
            'write `decimal: ","` and `thousands: "."`',
        ),
        (HEADER + '1,c1,"1,500",2026-01-01\n', {}, 'could be two numbers: write `decimal: ","`, or `thousands: ","`'),
        (HEADER + "1,c1,1,03/04/2026\n", {}, 'write `date_format: "%d/%m/%Y"` or `date_format: "%m/%d/%Y"`'),
        (HEADER + "1,c1,1,1767225600000\n", {}, "write `date_format: epoch_ms`"),
        (HEADER + "1,M\u00fcller,1,2026-01-01\n", {}, "write how it is encoded, such as `encoding: cp1252`"),
        (HEADER + "1,c1,1,2026-01-01\n", {"constants": {"currency": "US$"}}, 'currency "US$" is not an ISO 4217 code'),
        ("item_id,customer,price,price,start\n1,c1,1,2,2026-01-01\n", {}, "has two columns called `price`"),
        ("", {}, "has no header"),
        (None, {}, "no file matches"),
    ],
)
def test_each_mistake_says_what_to_do(
    tmp_path: Path, content: str | None, options: Mapping[str, Any], sentence: str
) -> None:
    if content is not None:
        (tmp_path / "items.csv").write_bytes(content.encode("cp1252"))
    result = attempt(tmp_path, {"billing": billing(**options)})
    assert result.exit_code == 1
    assert sentence in result.stdout


def test_parts_without_a_total_say_how_to_write_one(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("region,n\nNorth,10\n,5\n")
    measure = {"path": "orders.csv", "query": "SELECT region, sum(n) AS value FROM rows GROUP BY region"}
    sources = {"shop": {"type": "files", "measures": {"churn": {**measure, "unit": "ratio", "by": ["region"]}}}}
    result = attempt(tmp_path, sources)
    assert result.exit_code == 0
    assert '  measure churn{region="none"}: 5\n' in result.stdout
    assert '  measure churn{region="North"}: 10\n' in result.stdout
    assert "let one say `is_total`, or write `total: sum`" in result.stdout


@pytest.mark.integration
def test_a_warehouse(tmp_path: Path, postgres: Postgres) -> None:
    name = f"test_{uuid4().hex}"
    postgres.execute(f"CREATE DATABASE {name}")
    postgres.execute("CREATE TABLE contract (id TEXT, price NUMERIC, since TIMESTAMPTZ)", name)
    postgres.execute("INSERT INTO contract VALUES ('1', 100, '2024-01-15'), ('2', 50, '2024-02-15')", name)
    ids = dict.fromkeys(("item_id", "subscription_id", "customer_id"), "id")
    columns = {**ids, "unit_amount": "price", "starts_at": "since"}
    table = {"query": "contract", "columns": columns, "constants": {"currency": "USD"}}
    billing = {"type": "warehouse", "url": postgres.dsn(database=name), "tables": {"subscription_items": table}}
    result = attempt(tmp_path, {"billing": {**billing, "measures": ["mrr"]}})
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert result.exit_code == 0, result.output
    assert re.search(r"billing \(warehouse\): read\n  one statement for mrr in \d+ periods\n", result.stdout)
    assert result.stdout.count("  measure mrr: 150\n") == 1
    assert "Annual recurring revenue: $1,800" in result.stdout


def test_the_requests_are_told_and_the_secrets_are_not(tmp_path: Path) -> None:
    deals = [{"id": "d1", "amount": "10.50", "created": "2026-01-01"}]
    with Standin(lambda request: HttpResponse({"data": deals})) as server:
        table = {
            "path": "/deals",
            "params": {"api_key": "s3cr3t-param"},
            "select": "data",
            "columns": {"deal_id": "id", "created_at": "created"},
            "constants": {"currency": "USD"},
        }
        crm = {"type": "http", "url": server.url, "auth": {"bearer": "s3cr3t-token"}, "tables": {"deals": table}}
        result = attempt(tmp_path, {"crm": crm})
    assert result.exit_code == 0
    assert f"  200 GET {server.url}/deals?***\n" in result.stdout
    assert "s3cr3t" not in result.output


def test_a_database_and_a_prometheus(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute("CREATE TABLE refunds (refund_id, amount, at)")
        database.execute("INSERT INTO refunds VALUES ('r1', 12.5, '2026-01-02')")
    table = {
        "query": "SELECT refund_id,\n  amount, at FROM refunds",
        "columns": {"refunded_at": "at"},
        "constants": {"currency": "USD"},
    }
    shop = {"type": "sql", "url": f"sqlite:///{tmp_path / 'shop.db'}", "tables": {"refunds": table}}
    vector = [{"metric": {}, "value": [1767225600, "0.999"]}]
    answer = {"status": "success", "data": {"resultType": "vector", "result": vector}}
    with Standin(lambda request: HttpResponse(answer)) as server:
        measure = {"query": "avg(up)", "unit": "ratio"}
        monitoring = {"type": "prometheus", "url": server.url, "measures": {"uptime": measure}}
        result = attempt(tmp_path, {"shop": shop, "monitoring": monitoring})
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(
            "shop (sql): read\n"
            "  refunds: SELECT refund_id, amount, at FROM refunds\n"
            "  table refunds: 1 row\n"
            "    such as refund_id r1, amount 12.5, refunded_at 2026-01-02, currency USD\n"
            "    nothing fills customer_id, payment_id\n"
            "\n"
            "monitoring (prometheus): read\n"
            f"  200 POST {server.url}/api/v1/query\n"
            "  measure uptime: 0.999\n"
        )


def test_one_source_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    sources = {"billing": billing(), "broken": billing(path="none.csv")}
    assert attempt(tmp_path, sources, "--source", "billing").exit_code == 0
    refused = attempt(tmp_path, sources, "--source", "bilings")
    assert refused.exit_code == 2
    assert "did you mean 'billing'?" in refused.output or "did you mean `billing`?" in refused.output


def test_one_source_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    result = attempt(tmp_path, {"broken": billing(path="none.csv"), "more": billing()})
    assert result.exit_code == 1
    assert "broken (files): failed" in result.stdout
    assert "table subscription_items: 2 rows" in result.stdout


def test_as_json(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    document = json.loads(attempt(tmp_path, {"billing": billing()}, "--json").stdout)
    (source,) = document["sources"]
    assert (source["source"], source["error"], source["tables"][0]["rows"]) == ("billing", None, 2)
    arr = next(kpi for kpi in document["kpis"] if kpi["kpi"] == "arr")
    assert (arr["value"], arr["unit"]) == (1800, "USD")
    runway = next(kpi for kpi in document["kpis"] if kpi["kpi"] == "cash_runway")
    assert runway["value"] is None
    assert "cash_balances" in runway["detail"]
