"""Times as systems write them: what means one thing is read, what never comes is open, all else is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records import times
from exporter.records.schema import Table, Type
from exporter.records.store import Store
from exporter.records.tables import TABLES
from tests.support.polls import Poll, column, deal, poll_into, reasons, whole
from tests.support.stores import new_store

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = st.datetimes(datetime(1000, 1, 2), datetime(9998, 12, 30))  # noqa: DTZ001 - an offset is added
DAYS = st.dates(date(1000, 1, 2), date(9998, 12, 30))

NEVER = (
    "infinity",
    "Infinity",
    "+infinity",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "0000-00-00 00:00:00.000000",
    "0000-00-00T00:00:00Z",
    "0001-01-01",
    "0001-01-01T00:00:00Z",
    "0001-01-01 00:00:00.0000000",
    "9999-12-31",
    "9999-12-31 23:59:59",
    "9999-12-31T23:59:59.999999+00:00",
    "9999-01-01",
    date.max,
    datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=UTC),
)
NEITHER = ("-infinity", "inf", "0000-00-01", "2026-00-00", "0001-01-02", "99999-12-31", "9999", "9999-12-31 soon")


class Texts:
    """Reads one text as the store does, in Berlin."""

    def __init__(self) -> None:
        self._db = duckdb.connect()
        self._db.execute("SET TimeZone = 'Europe/Berlin'")

    def instant(self, text: str) -> datetime | None:
        micros = self._one(f"epoch_us({times.instant('$1')})", text)
        return None if micros is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(str(micros)))

    def day(self, text: str) -> object:
        return self._one(times.day("$1", "Europe/Berlin"), text)

    def never(self, text: str) -> object:
        return self._one(times.never("$1"), text)

    def _one(self, expression: str, text: str) -> object:
        row = self._db.execute(f"SELECT {expression}", [text]).fetchone()
        assert row is not None
        return row[0]

    def close(self) -> None:
        self._db.close()


@pytest.fixture(scope="module")
def texts() -> Iterator[Texts]:
    texts = Texts()
    yield texts
    texts.close()


@given(moment=MOMENTS, minutes=st.integers(-15 * 60, 15 * 60), apart=st.sampled_from(["T", " "]))
@settings(max_examples=60, deadline=None)
def test_an_instant_with_an_offset_is_read_to_the_microsecond(
    texts: Texts, moment: datetime, minutes: int, apart: str
) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = aware.isoformat(apart)
    sign = "+" if minutes >= 0 else "-"
    local, _, offset = text.rpartition(sign)
    for written in (text, f"{local} {sign}{offset}", f"{local}{sign}{offset.replace(':', '')}"):
        assert texts.instant(written) == aware
        assert texts.day(written) == aware.astimezone(BERLIN).date()


@given(day=DAYS)
@settings(max_examples=30, deadline=None)
def test_a_day_is_the_day_that_is_written(texts: Texts, day: date) -> None:
    for written in (day.isoformat(), f"{day.year}-{day.month}-{day.day}", f"{day} 23:59:59", f"{day}T00:00"):
        assert texts.day(written) == day
        assert texts.instant(written) is not None


@given(day=DAYS)
@settings(max_examples=30, deadline=None)
def test_what_could_be_another_day_is_none(texts: Texts, day: date) -> None:
    written = [day.strftime(form) for form in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m-%d-%Y", "%y-%m-%d", "%Y%m%d")]
    written += [day.strftime(form) for form in ("%d %b %Y", "%Y-%j", "%G-W%V-%u", "%Y/%m/%d", "%Y-%m", "%m/%d/%y")]
    for text in written:
        assert texts.day(text) is None, text
        assert texts.instant(text) is None, text


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-03 04:05 PM",
        "2026-01-03 04:05 IST",  # India, Israel, Ireland
        "2026-01-03 04:05 CST",  # Chicago, China
        "2026-01-03 04:05:06 nonsense",
        "2026-01-03 04:05:06+25:00",
        "2026-01-03 25:00",
        "2026-01-03T04",
        "2026-01-03 4:5",
        "12:00",
        "2026-13-01",
        "2026-01-03 04:05 Mars/Olympus",
        "44927",
    ],
)
def test_a_time_that_means_several_things_or_none_is_refused(texts: Texts, text: str) -> None:
    assert (texts.instant(text), texts.day(text)) == (None, None)


def test_zones_by_name_and_without_an_offset(texts: Texts) -> None:
    assert texts.instant("2026-07-05 08:00 America/New_York") == datetime(2026, 7, 5, 12, tzinfo=UTC)
    assert texts.instant("2026-07-05 08:00 UTC") == datetime(2026, 7, 5, 8, tzinfo=UTC)
    assert texts.instant("2026-07-05 08:00") == datetime(2026, 7, 5, 6, tzinfo=UTC)


@given(text=st.text(max_size=30) | st.from_regex(r"[0-9T :.+-]{0,30}", fullmatch=True))
@settings(max_examples=30, deadline=None)
def test_any_text_is_read_or_not_and_none_is_both(texts: Texts, text: str) -> None:
    if "\0" in text:
        return
    read = texts.instant(text)
    assert texts.never(text) in (True, False)
    assert not (texts.never(text) and read)


def item(key: str, starts_at: object, ends_at: object) -> dict[str, object]:
    row = {"item_id": key, "subscription_id": "s", "customer_id": "c", "unit_amount": 5, "currency": "EUR"}
    return row | {"starts_at": starts_at, "ends_at": ends_at}


def test_what_never_comes_is_open_where_the_column_may_be(store: Store, poll: Poll) -> None:
    items = [item(f"{number}", "2026-01-01", never) for number, never in enumerate(NEVER)]
    stores = [
        {"store_id": f"{number}", "opened_on": "2026-01-01", "closed_on": never} for number, never in enumerate(NEVER)
    ]
    poll(whole("subscription_items", *items), whole("stores", *stores))
    assert reasons(store) == {}
    assert column(store, "subscription_items", "ends_at::VARCHAR") == [None] * len(NEVER)
    assert column(store, "stores", "closed_on") == [None] * len(NEVER)


def test_and_a_bad_row_that_names_its_column_elsewhere(store: Store, poll: Poll) -> None:
    quotas = [{"quarter_on": never, "amount": 1, "currency": "EUR"} for never in NEVER]
    for table, starts, rows in (
        ("subscription_items", "starts_at", [item(f"{number}", never, None) for number, never in enumerate(NEVER)]),
        ("quotas", "quarter_on", quotas),
    ):
        good = rows[0] | {starts: "2026-01-01", "item_id": "good"}
        assert poll(whole(table, good, *rows)).tables[table].taken == 1
        (match,) = (rejected for rejected in store.polls.rejected("acme") if rejected.table == table)
        assert all(row.reason.startswith(f"{starts}: ") for row in match.examples)
        assert all(row.reason.endswith("; this column needs one") for row in match.examples)


def test_what_is_neither_a_time_nor_never_is_a_bad_row(store: Store, poll: Poll) -> None:
    good = item("good", "2026-01-01", None)
    poll(whole("subscription_items", good, *(item(text, "2026-01-01", text) for text in NEITHER)))
    assert column(store, "subscription_items", "item_id") == ["good"]
    for text in NEITHER:
        assert reasons(store)[text].startswith(f'ends_at: "{text}" is not an instant')


def test_only_times_that_may_be_empty_are_open() -> None:
    for table in TABLES.values():
        for each in table.columns:
            assert not each.open_ended or (each.type in (Type.INSTANT, Type.DATE) and not each.required)
            assert not each.open_ended or each.name not in table.key


def _first_of_all(table: Table) -> list[str]:
    return [each.name for each in table.columns if each.name in ("ends_at", "ended_at", "closed_on", "left_at")]


def test_every_end_is_open() -> None:
    ends = [(table, name) for table in TABLES.values() for name in _first_of_all(table)]
    assert len(ends) >= 7
    for table, name in ends:
        match = table.column(name)
        assert match is not None
        assert match.open_ended, f"{table.name}.{name}"


@given(bad=st.lists(st.sampled_from(["x", "infinity", "0000-00-00", 10**5000, "\ud800", "a\0b", 1e300]), min_size=1))
@settings(max_examples=10, deadline=None)
def test_bad_values_take_no_good_row_along(tmp_path_factory: pytest.TempPathFactory, bad: list[object]) -> None:
    store = new_store(tmp_path_factory.mktemp("store") / "records.duckdb")
    try:
        rows = [deal(f"bad{number}", created_at=value) for number, value in enumerate(bad)]
        applied = poll_into(store)(whole("deals", *rows, deal("good")))
        assert column(store, "deals", "deal_id") == ["good"]
        assert applied.tables["deals"].rejected == len(bad)
        assert all(reason.startswith("created_at: ") for reason in reasons(store).values())
    finally:
        store.close()
