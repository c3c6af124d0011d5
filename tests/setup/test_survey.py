"""A folder of real-life exports: the right table and mapping for each, or why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.setup.inspection import Kind, NotATable, inspect
from exporter.setup.proposal import NoProposal, Proposal, propose
from exporter.setup.survey import currency_of, survey
from tests.setup import exports

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    exports.write(folder)
    return folder


@pytest.fixture(scope="module")
def proposals(folder: Path) -> dict[str, Proposal]:
    return {proposal.export.path.name: proposal for proposal in survey(folder)[0]}


@pytest.mark.parametrize(
    ("file", "table", "columns"),
    [
        (
            "Abos.csv",
            "subscription_items",
            {
                "subscription_id": "Vertragsnr",
                "customer_id": "Kunde",
                "plan": "Tarif",
                "unit_amount": "Monatspreis",
                "currency": "Währung",
                "starts_at": "Beginn",
                "ends_at": "Ende",
                "billing_interval": "Turnus",
            },
        ),
        ("depenses.csv", "ledger_entries", {"booked_on": "Date", "account": "Catégorie", "amount": "Montant"}),
        ("kosten_2026.csv", "ledger_entries", {"booked_on": "month", "account": "Kategorie", "amount": "amount"}),
        (
            "incidents.csv",
            "incidents",
            {
                "incident_id": "id",
                "priority": "priority",
                "triggered_at": "created",
                "acknowledged_at": "acknowledged",
                "resolved_at": "resolved",
            },
        ),
        ("effectifs.csv", "headcount", {"team": "Équipe", "effective_on": "Depuis", "people": "Effectif"}),
        (
            "tickets.jsonl",
            "tickets",
            {"ticket_id": "id", "opened_at": "created_at", "resolved_at": "solved_at", "priority": "priority"},
        ),
        (
            "payments.parquet",
            "payments",
            {
                "payment_id": "payment_id",
                "customer_id": "customer",
                "amount": "amount",
                "currency": "currency",
                "attempted_at": "attempted_at",
                "succeeded": "succeeded",
            },
        ),
        ("bank.xlsx", "cash_balances", {"balance_on": "Datum", "amount": "Saldo"}),
    ],
)
def test_the_table_that_each_export_fills(
    proposals: dict[str, Proposal], file: str, table: str, columns: dict[str, str]
) -> None:
    assert (proposals[file].table, dict(proposals[file].columns)) == (table, columns)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        (
            "Abos.csv",
            {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"},
        ),
        ("depenses.csv", {"delimiter": ";", "decimal": ",", "thousands": " ", "date_format": "%d/%m/%Y"}),
        ("effectifs.csv", {"delimiter": ";", "skip_rows": 3, "decimal": ",", "date_format": "%d.%m.%Y"}),
        ("incidents.csv", {"date_format": "epoch"}),
        ("bank.xlsx", {"skip_rows": 2}),
        ("payments.parquet", {}),
    ],
)
def test_how_each_export_is_read(proposals: dict[str, Proposal], file: str, options: dict[str, object]) -> None:
    assert dict(proposals[file].export.options) == options


def test_words_are_mapped_where_they_are_clear(proposals: dict[str, Proposal]) -> None:
    assert proposals["depenses.csv"].values == {
        "account": {"Hébergement": "direct_cost", "Publicité": "marketing", "Loyer": "general"}
    }
    assert proposals["kosten_2026.csv"].unmapped == {"account": ["Sonstiges"]}
    assert proposals["Abos.csv"].values == {"billing_interval": {"monatlich": "month", "jährlich": "year"}}


def test_what_fills_no_table_and_why(folder: Path) -> None:
    unused = {file.path.name: file.reason for file in survey(folder)[1]}
    assert unused == {
        "empty.csv": "it is empty",
        "weather.csv": "its columns are like those of no record table: station, temperature, humidity",
    }


def test_an_amount_or_a_day_that_could_be_two_is_asked(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(exports.AMBIGUOUS)
    (export,) = inspect(tmp_path / "deals.csv")
    assert set(export.doubts) == {"decimal", "date_format"}
    assert export.options == {}
    assert isinstance(propose(export), Proposal)


def test_the_currency_that_the_exports_name(folder: Path) -> None:
    assert currency_of(survey(folder)[0]) == "EUR"
    assert currency_of([]) is None


def test_digits_are_dates_only_where_the_name_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("amount,day\n20260131,20260131\n20260201,20260201\n")
    (export,) = inspect(tmp_path / "t.csv")
    assert [column.kind for column in export.columns] == [Kind.NUMBER, Kind.DATE]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"\0\1\2", "is no text"),
        ("a.csv", b"only one column\nof words\n", "names columns"),
        ("a.csv", b"id,amount\n", "a header and no rows"),
        ("a.jsonl", b"[1, 2]\n", "JSON object"),
        ("a.parquet", b"PAR1 and nothing", "not a Parquet file"),
        ("a.xlsx", b"not a workbook", "not a workbook"),
        ("a.pdf", b"%PDF", "a kind that is not read"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NotATable, match=reason):
        list(inspect(tmp_path / name))


def test_a_list_of_people_is_no_subscription(tmp_path: Path) -> None:
    (tmp_path / "menu.csv").write_text("dish,calories\nsoup,120\ncake,480\n")
    (export,) = inspect(tmp_path / "menu.csv")
    assert isinstance(propose(export), NoProposal)


@pytest.mark.parametrize(
    ("name", "content", "table", "columns"),
    [
        (
            "stripe_payments.csv",
            "id,Created (UTC),Amount,Currency,Status,Customer ID\nch_1,2026-01-02 10:00:00,49.00,eur,Paid,cus_1\n"
            "ch_2,2026-01-03 10:00:00,59.00,eur,Failed,cus_2\n",
            "payments",
            {
                "payment_id": "id",
                "attempted_at": "Created (UTC)",
                "amount": "Amount",
                "currency": "Currency",
                "succeeded": "Status",
                "customer_id": "Customer ID",
            },
        ),
        (
            "hubspot.csv",
            "Record ID,Deal Name,Amount,Deal Stage,Create Date,Close Date\n"
            "1,Big,12000.00,closedwon,2026-01-05,2026-03-01\n2,Small,500.00,closedlost,2026-02-05,2026-03-02\n",
            "deals",
            {
                "deal_id": "Record ID",
                "amount": "Amount",
                "won": "Deal Stage",
                "created_at": "Create Date",
                "closed_at": "Close Date",
            },
        ),
        (
            "kunden.csv",
            "Kundennummer;Name;E-Mail;Segment;Angelegt am\n1;Müller;a@b.de;Enterprise;2024-01-02\n",
            "customers",
            {"customer_id": "Kundennummer", "tier": "Segment", "created_at": "Angelegt am"},
        ),
        (
            "subs.csv",
            "Subscription ID,Client,Plan,MRR,Start date,End date\ns1,Acme,Pro,49.00,45658,\n"
            "s2,Beta,Pro,99.50,45700,46000\n",
            "subscription_items",
            {
                "subscription_id": "Subscription ID",
                "customer_id": "Client",
                "plan": "Plan",
                "unit_amount": "MRR",
                "starts_at": "Start date",
                "ends_at": "End date",
            },
        ),
    ],
)
def test_exports_of_other_systems(tmp_path: Path, name: str, content: str, table: str, columns: dict[str, str]) -> None:
    (tmp_path / name).write_text(content)
    (proposal,), unused = survey(tmp_path)
    assert (proposal.table, dict(proposal.columns), list(unused)) == (table, columns, [])


def test_invoices_are_no_subscriptions_and_no_refunds(tmp_path: Path) -> None:
    """A customer, a date and an amount are in exports of everything."""
    (tmp_path / "invoices.csv").write_text("Invoice,Date,Customer,Net amount,Status\nI1,2026-01-02,A,100.00,paid\n")
    assert survey(tmp_path)[0] == []
