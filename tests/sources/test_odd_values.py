"""Whatever stands in one item of an answer or one line of a file, the others are read and the source is up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.records.batch import SourceFailed, Unreadable
from exporter.records.tables import TABLES
from exporter.sources.exact_json import parse_json
from exporter.sources.interface import Source
from tests.servers.standin import HttpResponse, Standin
from tests.support.examples import examples
from tests.support.source_polls import NO_LIMITS, NOON, context, options
from tests.support.stores import new_store

GOOD = {"deal_id": "good", "amount": 10, "currency": "EUR", "created_at": "2026-01-01"}
COLUMNS = TABLES["deals"].column_names

ODD = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats(),
    st.text(st.characters(), max_size=20),  # surrogates and NUL, too
    st.sampled_from(["infinity", "0000-00-00", "1_000", "1e400", "\ud83d", "a\0b", "\x01", "usd", "x" * 2_000_000]),
    st.lists(st.integers(), max_size=3) | st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)
WRITTEN = st.sampled_from(
    ["9" * 5000, "-" + "9" * 5000, "1e400", "1E-999999999999999999", "NaN", "-Infinity"]
) | st.sampled_from([10, 51, 99, 100, 101, 500, 950, 5000, 100_000]).map(lambda deep: "[" * deep + "]" * deep)
"""Values as they stand in JSON, some of which Python's own reader does not take."""


class Door:
    """A source of deals of one kind, whose text is the test's; and a store that takes them."""

    def __init__(self, kind: str, folder: Path, server: Standin) -> None:
        self.kind = kind
        self.body = b""
        self._folder = folder
        server.answer = lambda request: HttpResponse(pieces=[self.body])
        self._source: Source = (
            options("http", url=server.url, tables={"deals": NO_LIMITS}).build("s")
            if kind == "http"
            else options("files", folder, tables={"deals": {"path": "deals.jsonl", **NO_LIMITS}}).build("s")
        )
        self._store = new_store(folder / "records.duckdb")

    def take(self, *items: str) -> dict[str, str | None]:
        """Poll these items; the reason of each by its number, None for those that were taken."""
        if self.kind == "http":
            self.body = f"[{','.join(items)}]".encode()
        else:
            (self._folder / "deals.jsonl").write_text("\n".join(items), encoding="utf-8")
        poll = context()
        with self._store.intake("acme", "s", "Europe/Berlin", "EUR") as intake:
            for item in self._source.poll(poll):
                intake.take(item)
            intake.commit(NOON, poll.cursor)
        with self._store.reading("acme", "UTC") as cursor:
            taken: list[tuple[str]] = cursor.execute("SELECT deal_id FROM deals").fetchall()
        rejected = {str(row.key[0]): row.reason for rows in self._store.polls.rejected("acme") for row in rows.examples}
        return {**dict.fromkeys((key for (key,) in taken), None), **rejected}

    def close(self) -> None:
        self._store.close()


@pytest.fixture(params=["http", "jsonl"], scope="module")
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with ExitStack() as running:
        server = running.enter_context(Standin(lambda request: HttpResponse([])))
        door = Door(request.param, tmp_path_factory.mktemp("door"), server)
        yield door
        door.close()


@pytest.mark.slow
@given(odd=st.lists(st.tuples(st.sampled_from(COLUMNS), ODD), min_size=1, max_size=4))
@example(odd=[("amount", 10**4000), ("created_at", "x" * 2_000_000), ("won", 2)])
@examples(25, shared_fixtures=True)
def test_an_odd_value_spoils_its_own_row_at_most(door: Door, odd: list[tuple[str, Any]]) -> None:
    items = [{**GOOD, "deal_id": f"odd{number}", column: value} for number, (column, value) in enumerate(odd)]
    assert door.take(*map(json.dumps, items), json.dumps(GOOD))["good"] is None


@pytest.mark.slow
@given(column=st.sampled_from(COLUMNS), written=WRITTEN)
@examples(25, shared_fixtures=True)
def test_so_does_one_that_is_hard_to_read(door: Door, column: str, written: str) -> None:
    item = {key: value for key, value in {**GOOD, "deal_id": "odd"}.items() if key != column}
    line = json.dumps(item)[:-1] + f', "{column}": {written}}}'
    reasons = door.take(line, json.dumps(GOOD))
    assert reasons["good"] is None
    if written.startswith("[") and len(written) > 100 and column != "deal_id":
        assert reasons["odd"] == f"{column}: is nested more than 50 deep"


def test_a_value_beside_what_is_read_may_be_as_deep_as_it_likes(door: Door) -> None:
    deep = "[" * 50_000 + '"]\\""' + "]" * 50_000
    line = json.dumps({**GOOD, "deal_id": "odd"})[:-1] + f', "history": {deep}}}'
    assert door.take(line, json.dumps(GOOD)) == {"odd": None, "good": None}


def test_an_item_may_be_no_object(door: Door) -> None:
    assert door.take("7", "null", "[]", '"text"', json.dumps(GOOD))["good"] is None


@given(
    document=st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=10,
    )
)
@examples(100)
def test_json_is_read_as_it_is_also_next_to_what_is_too_deep(document: Any) -> None:
    text = json.dumps(document)
    assert parse_json(text) == document
    deep = '{"a":' * 3000 + "1" + "}" * 3000
    both: Any = parse_json(f"[{text},{deep}]")
    assert both[0] == document
    second = both[1]
    for _ in range(98):
        second = second["a"]
    assert isinstance(second, Unreadable)


@pytest.mark.parametrize(
    "text", ["[" * 5000, "[" * 5000 + "]" * 4999, '{"a":' * 5000 + "1" + "]" * 5000 + "x", "[1 2]", ""]
)
def test_what_is_no_json_is_told_to_be_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are those of Python
        parse_json(text)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"v": [[1]]}, r"its value \[\[1\]\] is not a number"),
        ({"v": {"a": 1}}, r'its value \{"a": 1\} is not a number'),
        ({"v": "1_000"}, "its value '1_000' is not a number"),
        ({"v": "x" * 100_000}, "its value 'x{40}' is not a number"),
    ],
)
def test_a_measure_says_what_it_got(document: object, says: str) -> None:
    with Standin(lambda request: HttpResponse(document)) as server:
        built = options("http", url=server.url, measures={"m": {"select": "v", "unit": "count"}}).build("s")
        with pytest.raises(SourceFailed, match=says):
            list(built.poll(context()))


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("x" * 1001, "its `region` has 1001 characters, more than the 1000 of a label"),
        ([1], r"its `region` is \[1\]; a label is a text"),
        ({}, r"its `region` is \{\}; a label is a text"),
    ],
)
def test_a_label_that_is_none_fails_its_measure_in_words(label: object, says: str) -> None:
    with Standin(lambda request: HttpResponse([{"region": label, "value": 1}])) as server:
        measure = {"select": "@", "by": ["region"], "unit": "count"}
        built = options("http", url=server.url, measures={"m": measure}).build("s")
        with pytest.raises(SourceFailed, match=says):
            list(built.poll(context()))


def test_digits_are_never_lost() -> None:
    assert parse_json("[0.1, 12345678901234567890.123456789, 1E+2]") == [
        Decimal("0.1"),
        Decimal("12345678901234567890.123456789"),
        Decimal("1E+2"),
    ]
