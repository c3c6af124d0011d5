"""Files that change while a poll reads them: they are read again, and what was read of the old ones is dropped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest

from exporter.polling.source_poller import SourcePoller
from exporter.records.batch import Answer, ChangedMeanwhile, Item, Records, Row, RowSet
from exporter.records.store import Store
from exporter.sources.interface import Context, Deadline
from tests.polling.feeds import Scripted, feed
from tests.support.clocks import NOON
from tests.support.source_polls import context, options

T = TypeVar("T")

FORMATS = ("csv", "jsonl", "parquet")


def write(path: Path, ids: Sequence[str]) -> None:
    """Write a file of leads and put it into place whole."""
    beside = path.with_suffix(".part")
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT unnest($ids) AS lead_id, '2026-01-01' AS created_at) TO '{beside}' (FORMAT parquet)",
                {"ids": list(ids)},
            )
    elif path.suffix == ".jsonl":
        beside.write_text("".join(json.dumps({"lead_id": key, "created_at": "2026-01-01"}) + "\n" for key in ids))
    else:
        beside.write_text("lead_id,created_at\n" + "".join(f"{key},2026-01-01\n" for key in ids))
    beside.rename(path)


def disturbed(folder: Path, change: Callable[[int], object], **section: Any) -> Scripted:
    """Return a source of files; `change` is called with the number of the poll when first rows were read."""
    source = options("files", folder, **section).build("sheets")
    polls: list[int] = []

    def behaviour(context: Context) -> Iterator[Item]:
        polls.append(len(polls))
        for item in source.poll(context):
            yield Records(item.table, rows(item.rows), item.snapshot) if isinstance(item, Records) else item

    def rows(inputs: Iterator[Row] | RowSet) -> Iterator[Row] | RowSet:
        if isinstance(inputs, RowSet):
            return RowSet(lambda: changed(iter(inputs)), lambda folder: changed(inputs.write(folder)))
        return changed(inputs)

    def changed(inputs: Iterator[T]) -> Iterator[T]:
        yield next(inputs)
        change(polls[-1])
        yield from inputs

    return Scripted(behaviour)


def run(store: Store, source: Scripted, timeout: str = "20s") -> str | None:
    SourcePoller(feed(source, timeout=timeout), store, lambda: NOON, lambda company, name: None).run()
    return store.polls.state("acme")["crm"].error


def lead_ids(store: Store) -> list[str]:
    with store.reading("acme", "UTC") as cursor:
        return [row[0] for row in cursor.execute("SELECT lead_id FROM leads ORDER BY lead_id").fetchall()]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_is_replaced_while_it_is_read_is_read_again(store: Store, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"leads.{suffix}"
    write(path, ["a", "b"])
    source = disturbed(
        tmp_path,
        lambda poll: write(path, ["b", "c", "d"]) if poll == 0 else None,
        tables={"leads": {"path": path.name}},
    )
    assert run(store, source) is None
    assert len(source.contexts) == 2
    assert lead_ids(store) == ["b", "c", "d"]


def test_what_a_changing_file_makes_fail_is_no_failure_of_the_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    write(path, [str(number) for number in range(50_000)])

    def spoil(poll: int) -> None:
        if poll == 0:
            with path.open("r+b") as file:
                file.write(b"\xff" * path.stat().st_size)
        else:
            write(path, ["a"])

    source = disturbed(tmp_path, spoil, tables={"leads": {"path": path.name}})
    error = run(store, source, timeout="0.4s")  # too short for another try
    assert error is not None
    assert "changed while it was read" in error


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text(path.read_text() + "z,2026-01-01\n"),
        lambda path: os.utime(path, (1, 1)),
        lambda path: write(path, ["a", "b"]),
        lambda path: path.unlink(),
    ],
    ids=["longer", "another time", "another file", "gone"],
)
def test_a_file_that_is_not_steady_in_time_fails_the_poll(
    store: Store, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    path = tmp_path / "leads.csv"
    write(path, ["a", "b"])
    source = disturbed(tmp_path, lambda poll: change(path), tables={"leads": {"path": path.name}})
    error = run(store, source, timeout="0.4s")
    assert error is not None
    assert "table leads: " in error
    assert "changed while it was read; write a new version beside it, then rename it into place" in error
    assert lead_ids(store) == []
    assert dict(store.polls.state("acme")["crm"].cursor) == {}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_measure_is_not_answered_from_a_file_that_changed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"leads.{suffix}"
    write(path, ["a", "b"])
    looks = iter(range(100))

    def clock() -> float:
        if next(looks) == 1:  # the source has looked at the file, and now reads it
            write(path, ["c"])
        return 0.0

    section = {"path": path.name, "query": "SELECT count(*) AS value FROM rows", "unit": "count"}
    source = options("files", tmp_path, measures={"m": section}).build("sheets")
    with pytest.raises(ChangedMeanwhile, match=r"^measure m: .* changed while it was read"):
        list(source.poll(context(deadline=Deadline(30, clock))))
    assert [item.value for item in source.poll(context()) if isinstance(item, Answer)] == [1]
