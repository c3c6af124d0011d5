"""Measures that a source answers directly, instead of records."""

from __future__ import annotations

from pathlib import Path

from exporter.kpis.reading import Reason
from tests.support.world import MakeWorld, World, utc

FIRST, LATER = utc("2026-02-15T12:00"), utc("2026-03-15T12:00")


def direct(world: MakeWorld, **options: object) -> World:
    """Make a world in which one file answers how many clusters there are, another how service levels were met."""
    clusters = {
        "path": "sizes.csv",
        "query": "SELECT type, value, type IS NULL AS is_total FROM rows",
        "unit": "count",
        "by": ["type"],
    }
    levels = {"path": "levels.csv", "query": "SELECT value FROM rows", "unit": "ratio"}
    measures = {"clusters": clusters, "sla_compliance": levels}
    return world({}, catalogue={"sources": {"inventory": {"type": "files", "measures": measures, **options}}})


def answer(folder: Path, clusters: str, level: str = "0.99") -> None:
    (folder / "sizes.csv").write_text(f"type,value\n{clusters}\n", "utf-8")
    (folder / "levels.csv").write_text(f"value,\n{level},\n", "utf-8")


def test_the_answer_is_the_value_and_a_month_ago_the_previous_one(world: MakeWorld) -> None:
    acme = direct(world)
    answer(acme.folder, ",5\nsmall,3\nlarge,2")
    acme.poll(FIRST)
    answer(acme.folder, ",7\nsmall,3\nlarge,4")
    acme.poll(LATER)
    reading = acme.read("clusters", LATER)
    assert (reading.value, reading.previous) == (7, 5)
    assert reading.breakdowns == {"type": {"small": 3, "large": 4}}
    assert reading.as_of == LATER
    assert acme.read("revenue_per_cluster", LATER).unknown is not None


def test_a_label_that_is_no_longer_answered_disappears(world: MakeWorld) -> None:
    acme = direct(world)
    answer(acme.folder, ",7\nsmall,3\nlarge,4")
    acme.poll(FIRST)
    answer(acme.folder, ",3\nsmall,3")
    acme.poll(LATER)
    assert acme.read("clusters", LATER).breakdowns == {"type": {"small": 3}}


def test_an_empty_answer_is_unknown(world: MakeWorld) -> None:
    acme = direct(world)
    answer(acme.folder, ",7")
    acme.poll(FIRST)
    answer(acme.folder, ",\nsmall,3")
    acme.poll(LATER)
    reading = acme.read("clusters", LATER)
    assert reading.value is None
    assert reading.unknown is not None
    assert reading.unknown.reason is Reason.NO_DATA
    assert reading.breakdowns == {"type": {"small": 3}}


def test_an_answer_is_frozen_while_its_source_fails_and_unknown_when_too_old(world: MakeWorld) -> None:
    acme = direct(world, max_age="2h")
    answer(acme.folder, ",7")
    acme.poll(FIRST)
    acme.store.polls.failed("acme", "inventory", utc("2026-02-15T13:00"), "no answer")
    assert acme.read("clusters", utc("2026-02-15T14:00")).value == 7
    stale = acme.read("clusters", utc("2026-02-15T14:01"))
    assert stale.unknown is not None
    assert stale.unknown.reason is Reason.STALE


def test_a_month_is_what_was_answered_last_before_its_end(world: MakeWorld) -> None:
    acme = direct(world, max_age="2d")
    answer(acme.folder, ",7", "0.98")
    acme.poll(utc("2026-02-28T22:59"))
    answer(acme.folder, ",7", "0.97")
    acme.poll(utc("2026-02-28T23:01"))
    assert acme.read("sla_compliance", utc("2026-03-01T06:00")).value == 0.98
    acme.poll(utc("2026-04-10T12:00"))
    unanswered = acme.read("sla_compliance", utc("2026-04-10T12:00"))
    assert unanswered.unknown is not None
    assert unanswered.unknown.detail == "sla_compliance has no data from 2026-03-01 00:00 to 2026-04-01 00:00"


def test_parts_without_a_total_have_no_headline_and_say_what_to_write(world: MakeWorld) -> None:
    """The row without a type is a part like the others, and a breakdown goes on without a headline."""
    clusters = {"path": "sizes.csv", "query": "SELECT type, value FROM rows", "unit": "count", "by": ["type"]}
    for total, value in ((None, None), ("sum", 10)):
        measures = {"clusters": {**clusters, "total": total}}
        acme = world({}, catalogue={"sources": {"inventory": {"type": "files", "measures": measures}}})
        answer(acme.folder, ",5\nsmall,3\nlarge,2")
        acme.poll(FIRST)
        reading = acme.read("clusters", FIRST)
        assert reading.breakdowns == {"type": {"none": 5, "small": 3, "large": 2}}
        assert reading.value == value
        if total is None:
            assert reading.unknown is not None
            assert reading.unknown.reason is Reason.NO_DATA
            assert reading.unknown.detail == (
                "clusters has parts by type, but no row of them all; "
                "let one say `is_total`, or write `total: sum` if they add up"
            )
