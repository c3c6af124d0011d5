"""A table that is held back keeps its KPIs at their age, and no other; bad rows are told of wherever their KPIs are."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.kpis.notices import NoticeLog
from exporter.kpis.reading import Reason
from exporter.kpis.snapshot import evaluate
from exporter.web.json_view import document
from tests.support.world import MakeWorld, TableRow, World

pytestmark = pytest.mark.slow

TEN = datetime(2026, 3, 10, 10, tzinfo=UTC)
ELEVEN, NOON, ONE = (TEN + timedelta(hours=hours) for hours in (1, 2, 3))
HELD = {"company": "acme", "source": "books", "table": "subscription_items"}


def items(count: int, bad: int = 0) -> list[TableRow]:
    row = {"unit_amount": 100, "currency": "EUR", "starts_at": "2025-01-01"}
    good: list[TableRow] = [
        {**row, "item_id": n, "subscription_id": f"s{n}", "customer_id": f"c{n}"} for n in range(count)
    ]
    return good + [{**each, "item_id": f"b{n}", "unit_amount": "x"} for n, each in enumerate(good[:bad])]


def backups(count: int) -> list[TableRow]:
    return [{"backup_id": n, "finished_at": "2026-03-09T12:00:00Z", "succeeded": n % 2} for n in range(count)]


@pytest.fixture
def cut(world: MakeWorld) -> World:
    """Items and backups of one source; of the items an export that was cut off came at eleven."""
    made = world({"subscription_items": items(50), "backups": backups(4)}, every="10m").poll(TEN)
    made.write("subscription_items", items(5))
    made.write("backups", backups(5))
    return made.poll(ELEVEN)


def series(labels: dict[str, str], name: str) -> str:
    matched = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{matched}}}"


def test_the_numbers_and_their_age_stay_while_others_go_on(cut: World) -> None:
    now = ELEVEN + timedelta(minutes=1)
    customers, backup = cut.read("customers", now), cut.read("backup_success", now)
    assert (customers.value, customers.as_of) == (50, TEN)
    assert (backup.as_of, backup.held) == (ELEVEN, ())
    assert [each.missing for each in customers.held] == [45]
    assert customers.stale_after == pytest.approx(2 * 600 + 30)  # so it is stale by the age of what is shown


def test_the_series_say_what_is_held_and_which_kpis_it_is_behind(cut: World) -> None:
    result = cut.series(ELEVEN)
    assert result[series({"company": "acme", "source": "books"}, "kpi_source_up")] == 1
    assert result[series(HELD, "kpi_source_held_back")] == 45
    assert result[series({**HELD, "table": "backups"}, "kpi_source_held_back")] == 0
    assert result[series(HELD, "kpi_source_rejected_rows")] == 0
    affected = {name for name in result if name.startswith("kpi_affected{")}
    assert series({**HELD, "kpi": "customers"}, "kpi_affected") in affected
    assert not any('table="backups"' in name or 'kpi="backup_success"' in name for name in affected)
    read = series({"company": "acme", "kpi": "customers"}, "kpi_data_timestamp_seconds")
    assert result[read] == TEN.timestamp()


def test_after_its_age_a_number_is_unknown_though_the_source_is_read(world: MakeWorld) -> None:
    made = world({"subscription_items": items(50)}, max_age="90m").poll(TEN)
    made.write("subscription_items", items(0))
    made.poll(ELEVEN).poll(NOON)
    assert made.read("customers", TEN + timedelta(minutes=89)).value == 50
    unknown = made.read("customers", NOON).unknown
    assert unknown is not None
    assert (unknown.reason, "2026-03-10 10:00 UTC" in unknown.detail) == (Reason.STALE, True)


def test_explain_says_it_where_the_rows_are(cut: World) -> None:
    text = explanation_text(explanation(ExplainRequest(cut.company, cut.company.kpis["customers"]), cut.store, ELEVEN))
    (at,) = [n for n, line in enumerate(text.splitlines()) if "subscription_items: 50 rows" in line]
    row, message = text.splitlines()[at : at + 2]
    assert row == "    subscription_items: 50 rows from books, read 2026-03-10 10:00:00 UTC, 1:00:00 ago"
    assert message == f"      ! {cut.store.polls.held('acme')[0].text}"


def test_with_enough_rows_all_go_on(cut: World) -> None:
    cut.write("subscription_items", items(45))
    cut.poll(NOON)
    reading = cut.read("customers", NOON)
    assert (reading.value, reading.as_of, reading.held) == (45, NOON, ())


def test_what_is_accepted_is_taken_though_the_file_stays_as_it_is(cut: World) -> None:
    cut.poll(NOON)
    assert cut.read("customers", NOON).value == 50
    cut.store.polls.accept("acme", "books")
    cut.poll(ONE)
    assert (cut.read("customers", ONE).value, cut.read("customers", ONE).as_of) == (5, ONE)


def test_a_file_that_is_as_it_was_when_it_was_taken_ends_it(world: MakeWorld) -> None:
    made = world({"subscription_items": items(50)}).poll(TEN)
    good = made.folder / "subscription_items.csv"
    stored = good.rename(good.with_suffix(".kept"))
    made.write("subscription_items", items(5))
    made.poll(ELEVEN)
    stored.rename(good)
    made.poll(NOON)
    assert (made.read("customers", NOON).as_of, made.store.polls.held("acme")) == (NOON, [])


@pytest.mark.slow
def test_what_a_catalogue_says_of_a_table_counts(world: MakeWorld) -> None:
    for may_shrink, value in (("89%", 50), ("90%", 5), ("100%", 5)):
        made = world({"subscription_items": items(50)})
        table = made.company.sources["books"].tables["subscription_items"]  # type: ignore[attr-defined]
        text = type(table).model_validate({"path": table.path, "may_shrink": may_shrink})
        made.company.sources["books"].tables["subscription_items"] = text  # type: ignore[attr-defined]
        made.poll(TEN)
        made.write("subscription_items", items(5))
        made.poll(ELEVEN)
        assert made.read("customers", ELEVEN).value == value


def test_of_the_past_a_moment_in_between_is_told_as_of_what_was_read(cut: World) -> None:
    at = TEN + timedelta(minutes=30)
    [then] = evaluate(cut.company, cut.store, {at: ["customers"]})
    assert then.as_of["customers"] == TEN


def test_bad_rows_are_told_of_with_their_kpis(world: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    made = world({"subscription_items": items(200, bad=1), "backups": backups(4)}).poll(TEN)
    reading = made.take(TEN)
    by_id = {each.kpi.id: each for each in reading.kpis}
    (bad,) = by_id["customers"].rejected
    assert bad.text.startswith("1 row of subscription_items of books set aside, the first because unit_amount: ")
    assert by_id["backup_success"].rejected == ()
    text = explanation_text(explanation(ExplainRequest(made.company, made.company.kpis["customers"]), made.store, TEN))
    assert f"      ! {bad.text}" in text.splitlines()
    result = made.series(TEN)
    assert result[series(HELD, "kpi_source_rejected_rows")] == 1
    (reason,) = [name for name in result if name.startswith("kpi_source_rejected_reason{")]
    assert "unit_amount: ... is not a number" in reason
    assert series({**HELD, "kpi": "customers"}, "kpi_affected") in result
    visible = document([reading])["companies"][0]
    (reported,) = [each["rejected"] for each in visible["kpis"] if each["id"] == "customers"]
    assert [(each["table"], each["rows"], each["reason"]) for each in reported] == [
        ("subscription_items", 1, bad.reason),
    ]


@pytest.mark.slow
def test_the_log_tells_a_change_once(cut: World, caplog: pytest.LogCaptureFixture) -> None:
    log, caplog.handler.level = NoticeLog(logging.getLogger("noticed")), 0
    caplog.set_level(logging.INFO, "noticed")
    for at in (ELEVEN, NOON):
        log.update(cut.poll(at).take(at))
    cut.write("subscription_items", items(4))
    log.update(cut.poll(ONE).take(ONE))
    cut.write("subscription_items", items(50))
    log.update(cut.poll(ONE).take(ONE))
    levels = [
        (record.levelname, record.message.partition(", since ")[2].partition(" rows")[0]) for record in caplog.records
    ]
    assert levels == [("WARNING", "45 of 50"), ("WARNING", "46 of 50"), ("INFO", "45 of 50"), ("INFO", "46 of 50")]
    assert all(record.message.startswith("acme: ") for record in caplog.records)
    assert "; behind " in caplog.records[0].message
    assert "customers" in caplog.records[0].message.partition("; behind ")[2].split(", ")
