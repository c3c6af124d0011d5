"""Which texts are read as what, and which rows are set aside with which sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from exporter.records.store import Store
from tests.support.polls import NOON, Poll, column, deal, instants, part, reasons, whole

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-01-05T08:00:00Z", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T08:00:00+05:30", datetime(2026, 1, 5, 2, 30, tzinfo=UTC)),
        ("2026-01-05 08:00:00.123456", datetime(2026, 1, 5, 7, 0, 0, 123456, tzinfo=UTC)),
        ("2026-07-05 08:00", datetime(2026, 7, 5, 6, tzinfo=UTC)),  # summer time
        ("2026-07-05", datetime(2026, 7, 4, 22, tzinfo=UTC)),
        (datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=-5))), datetime(2026, 1, 5, 13, tzinfo=UTC)),
        (datetime(2026, 1, 5, 8), datetime(2026, 1, 5, 7, tzinfo=UTC)),  # noqa: DTZ001 - the case
        (date(2026, 1, 5), datetime(2026, 1, 4, 23, tzinfo=UTC)),
        ("2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # left out when clocks change
    ],
)
def test_instants_without_an_offset_are_local(store: Store, poll: Poll, value: object, read: datetime) -> None:
    poll(whole("deals", deal("d", created_at=value)))
    assert instants(store, "deals", "created_at") == [read]


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        *((value, "write it as 2026-01-31T08:30:00Z") for value in ("abc", "epoch", "2026-02-30", "99999-01-01")),
        ("0000-01-01", "write it as 2026-01-31T08:30:00Z"),
        *((value, "this column needs one") for value in ("infinity", "9999-12-31", "0000-00-00 00:00:00")),
        *((value, "write from_epoch(...) or") for value in (1767600000, "1767600000", "1767600000.5", 1767600000000)),
    ],
)
def test_what_is_not_an_instant(store: Store, poll: Poll, value: object, remedy: str) -> None:
    poll(whole("deals", deal("good"), deal("d", created_at=value)))
    assert column(store, "deals", "deal_id") == ["good"]
    assert reasons(store)["d"].startswith(f'created_at: "{value}" is not an instant; ')
    assert remedy in reasons(store)["d"]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        (date(2026, 1, 31), date(2026, 1, 31)),
        ("2026-01-31 00:00:00", date(2026, 1, 31)),
        ("2026-01-31T23:30:00", date(2026, 1, 31)),  # a day as written, in whichever zone
        ("2026-01-31T23:30:00Z", date(2026, 2, 1)),  # in Berlin
        ("2026-02-01T03:00:00+09:00", date(2026, 1, 31)),
    ],
)
def test_a_date_is_a_day_in_the_company_s_zone(store: Store, poll: Poll, value: object, read: date) -> None:
    poll(
        whole("financings", {"financing_id": "f", "paid_on": value, "amount": 1, "currency": "EUR"}),
        naive_timezone="America/New_York",
    )
    assert column(store, "financings", "paid_on") == [read]


@pytest.mark.parametrize("value", ["2026-02-30", "infinity", "31.01.2026", "2026-01-31 noon", 20260131])
def test_what_is_not_a_date(store: Store, poll: Poll, value: object) -> None:
    row = {"paid_on": "2026-01-31", "amount": 1, "currency": "EUR"}
    poll(whole("financings", {**row, "financing_id": "good"}, {**row, "financing_id": "f", "paid_on": value}))
    assert reasons(store)["f"].startswith(f'paid_on: "{value}" is not a date; ')


def test_the_zone_of_naive_times_can_be_another_than_the_company_s(store: Store, poll: Poll) -> None:
    row = deal("d", created_at="2026-01-05 08:00")
    poll(whole("deals", row), naive_timezone="America/New_York")
    assert instants(store, "deals", "created_at") == [datetime(2026, 1, 5, 13, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("0.1", "0.1"),
        (0.1 + 0.2, "0.3"),
        (Decimal("12345678901234567890.12345678"), "12345678901234567890.12345678"),
        (-3, "-3"),
        ("1e3", "1000"),
        (Decimal("1E+3"), "1000"),
        (" 7 ", "7"),
    ],
)
def test_money_is_exact(store: Store, poll: Poll, value: object, read: str) -> None:
    poll(whole("deals", deal("d", amount=value)))
    assert column(store, "deals", "amount") == [Decimal(read)]


@pytest.mark.parametrize("value", ["abc", "1_000", "1,50", "€5", "0x10", "inf", "NaN", 10**20, Decimal("1E+999999")])
def test_what_is_not_a_number(store: Store, poll: Poll, value: object) -> None:
    poll(whole("deals", deal("good"), deal("d", amount=value)))
    assert reasons(store) == {"d": f'amount: "{value}" is not a number of at most 20 digits before the point'}


@pytest.mark.parametrize("missing", [None, "", "  ", float("nan"), float("inf"), Decimal("NaN")])
def test_missing_is_never_zero(store: Store, poll: Poll, missing: object) -> None:
    poll(whole("deals", deal("good"), deal("d", amount=missing, customer_id=missing)))
    assert column(store, "deals", "deal_id") == ["good"]
    assert reasons(store) == {"d": "amount is missing"}


def test_an_optional_missing_value_is_null(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("d", customer_id="", demo_at=None)))
    assert column(store, "deals", "customer_id") == [None]
    assert column(store, "deals", "epoch_us(demo_at)") == [None]


def test_a_default_stands_in_for_a_missing_value(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a"), deal("b", kind=""), deal("c", kind="expansion")))
    assert column(store, "deals", "kind") == ["new", "new", "expansion"]


def test_whole_numbers_are_not_rounded(store: Store, poll: Poll) -> None:
    item = {
        "subscription_id": "s",
        "customer_id": "c",
        "unit_amount": 5,
        "currency": "EUR",
        "starts_at": "2026-01-01",
    }
    poll(
        whole(
            "subscription_items",
            item | {"item_id": "a", "interval_count": "3.0"},
            item | {"item_id": "b", "interval_count": "1.5"},
            item | {"item_id": "c", "interval_count": 0},
        )
    )
    assert column(store, "subscription_items", "interval_count") == [3]
    assert reasons(store) == {
        "b": 'interval_count: "1.5" is not a whole number',
        "c": "interval_count is less than 1",
    }


def test_booleans(store: Store, poll: Poll) -> None:
    run = {"finished_at": "2026-01-01T00:00:00Z"}
    words = {"a": True, "b": False, "c": "true", "d": "0", "e": "perhaps"}
    poll(whole("backups", *({**run, "backup_id": key, "succeeded": word} for key, word in words.items())))
    assert column(store, "backups", "succeeded") == [True, False, True, False]
    assert reasons(store) == {"e": 'succeeded: "perhaps" is not true or false'}


def test_closed_sets_checks_and_currencies_have_sentences(store: Store, poll: Poll) -> None:
    applied = poll(
        whole(
            "deals",
            deal("good"),
            deal("kind", kind="renewal"),
            deal("code", currency="XXQ"),
            deal("other", currency="USD"),
            deal("order", closed_at="2026-01-04", won=True),
            deal("half", won=True),
            deal(None),
        )
    )
    assert column(store, "deals", "deal_id") == ["good"]
    assert reasons(store) == {
        "kind": 'kind: "renewal" is not one of new, expansion',
        "code": 'currency "XXQ" is not an ISO 4217 code',
        "other": 'currency "USD" is not the company\'s reporting currency, EUR',
        "order": "closed_at is before created_at",
        "half": "closed_at and won must be given together",
        None: "deal_id is missing",
    }
    assert (applied.tables["deals"].taken, applied.tables["deals"].rejected) == (1, 6)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", 'quote"\\', "line\nbreak", "😀", "'; DROP TABLE x; --"])
def test_any_text_is_taken_and_harms_no_other_row(store: Store, poll: Poll, text: str) -> None:
    poll(whole("deals", deal("a", customer_id=text), deal("b", kind=text), deal("c", unknown_column=text)))
    assert column(store, "deals", "deal_id") == ["a", "c"]
    assert column(store, "deals", "customer_id")[0] == text.replace("\ud800", "?")


def test_a_row_without_end_is_set_aside(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a"), deal("b", customer_id="x" * 20_000_000)))
    assert column(store, "deals", "deal_id") == ["a"]
    assert reasons(store) == {None: "the row is longer than 1000000 characters"}


def test_a_later_good_row_clears_the_rejected_one(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a", amount="x"), deal("b", amount="y")))
    poll(part("deals", deal("a", amount="1")), at=NOON + timedelta(hours=1))
    assert list(reasons(store)) == ["b"]


def test_a_bad_row_leaves_the_known_version_unless_the_rows_are_all_there_are(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a", amount="1")))
    poll(part("deals", deal("a", amount="x")))
    assert column(store, "deals", "amount") == [1]
    poll(whole("deals", deal("a", amount="x"), deal("b", amount="2")))
    assert column(store, "deals", "amount") == [2]


def test_a_snapshot_replaces_the_rejected_of_its_source_and_table(store: Store, poll: Poll) -> None:
    lead = {"lead_id": "good", "created_at": "2026-01-01"}
    poll(whole("deals", deal("good"), deal("a", amount="x")), whole("leads", lead, {"lead_id": "l"}))
    poll(whole("deals", deal("good"), deal("o", amount="x")), source="other")
    poll(whole("deals", deal("good"), deal("b", amount="x")))
    by_table = {(rows.source, rows.table): [row.key for row in rows.examples] for rows in store.polls.rejected("acme")}
    assert by_table == {("crm", "deals"): [("b",)], ("crm", "leads"): [("l",)], ("other", "deals"): [("o",)]}


def test_all_bad_rows_are_counted_and_a_thousand_are_kept(store: Store, poll: Poll) -> None:
    rows = [deal(f"{number:04}", amount="x") for number in range(1500)]
    for _ in range(2):
        applied = poll(part("deals", deal("good"), *rows))
        assert applied.tables["deals"].rejected == 1500
        (rejected,) = store.polls.rejected("acme", examples=1500)
        assert rejected.count == 1500
        stored = [row for row in rejected.examples if row.row is not None]
        assert [row.key for row in stored] == [(f"{number:04}",) for number in range(1000)]
        assert (stored[0].row or {})["amount"] == "x"
    poll(part("deals", deal("more", amount="x")))
    (rejected,) = store.polls.rejected("acme", examples=1501)
    assert rejected.count == 1501
    assert len([row for row in rejected.examples if row.row is not None]) == 1000
    assert [len(rows.examples) for rows in store.polls.rejected("acme", examples=3)] == [3]
