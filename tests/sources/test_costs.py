"""What a poll may cost: values of a document, characters of a line, memory of the queries over files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import Answer, SourceFailed
from exporter.sources.duckdb_files import duckdb_for
from exporter.sources.exact_json import MOST_VALUES, TooManyValues, parse_json
from exporter.sources.interface import Deadline
from exporter.sources.query_memory import QUERY_MEMORY, QueryMemory
from exporter.sources.text_lines import LONGEST_LINE
from tests.servers.standin import HttpResponse, Standin
from tests.support.examples import examples
from tests.support.source_polls import LEAD_CONSTANTS, options, poll

BOMBS = {
    "empty objects": b"[" + b"{}," * 20_000_000 + b"1]",
    "numbers": b"[" + b"1," * 30_000_000 + b"1]",
    "lists in lists": b"[" * 30_000_000,
    "keys": b'{"v":[' + b'{"a":1},' * 7_000_000 + b"1]}",
    "no values at all": b'"' * 30_000_000,
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_small_answer_that_holds_millions_of_values_is_refused_before_they_are_made(what: str) -> None:
    body = HttpResponse(headers={"Content-Encoding": "gzip"}, pieces=[gzip.compress(BOMBS[what], 1)])
    with Standin(lambda request: body) as server:
        source = options("http", url=server.url, measures={"m": {"select": "v", "unit": "count"}}).build("crm")
        with pytest.raises(SourceFailed, match=r"holds more than 1,000,000 values; .* raise `max_values`|is not JSON"):
            poll(source, deadline=Deadline(60))


@pytest.mark.parametrize(("most", "is_read"), [(9, True), (4, False)])
def test_the_catalogue_may_allow_more_values_or_fewer(most: int, is_read: bool) -> None:
    measure = {"select": "length(@)", "unit": "count", "paginate": "none"}
    with Standin(lambda request: HttpResponse([1, 2, 3, 4, 5, 6])) as server:
        source = options("http", url=server.url, max_values=most, measures={"m": measure}).build("crm")
        if is_read:
            assert poll(source).answers == [Answer("m", Decimal(6))]
        else:
            with pytest.raises(SourceFailed, match="holds more than 4 values"):
                poll(source)


@examples(50)
@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_signs_within_texts_are_no_values(document: Any) -> None:
    text = json.dumps(document)
    parsed = parse_json(text, most=_separators(document))
    assert parsed == document
    if _separators(document):
        with pytest.raises(TooManyValues):
            parse_json(text, most=_separators(document) - 1)


def _separators(document: Any) -> int:
    """Count the commas and the brackets that open, but for those within texts."""
    if not isinstance(document, list | dict):
        return 0
    inner = list(document.values()) if isinstance(document, dict) else document
    return 1 + max(0, len(inner) - 1) + sum(map(_separators, inner))


def test_the_longest_errors_are_not_read_to_their_end() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"[" * 100_000

    with Standin(lambda request: HttpResponse(status=500, pieces=endless())) as server:
        source = options("http", url=server.url, measures={"m": {"select": "v", "unit": "count"}}).build("crm")
        with pytest.raises(SourceFailed, match=r"answered 500 Internal Server Error$"):
            poll(source)


@pytest.mark.parametrize(("name", "content"), [("leads.csv", "lead_id,created_at\n1,"), ("leads.jsonl", '{"a": "')])
def test_a_line_without_an_end_fails_the_file(tmp_path: Path, name: str, content: str) -> None:
    with (tmp_path / name).open("w", encoding="utf-8") as file:
        file.write(content + "x" * (LONGEST_LINE + 1))
    source = options("files", tables={"leads": {"path": str(tmp_path / name), **LEAD_CONSTANTS}}).build("crm")
    with pytest.raises(SourceFailed, match=r"line \d is longer than 16,000,000 characters"):
        poll(source)


@pytest.mark.parametrize(("size", "share", "at_once"), [("64MB", "64MB", 1), ("200MB", "66MB", 3), ("1GB", "250MB", 4)])
def test_queries_over_files_divide_one_budget(size: str, share: str, at_once: int) -> None:
    memory = QueryMemory(1)
    memory.allow(size)
    shares = [memory.share(Deadline(30)) for _ in range(at_once)]
    assert {each.__enter__() for each in shares} == {share}
    with pytest.raises(
        SourceFailed, match=r"timed out after 0\.1s, in which other queries over files had all the memory"
    ):
        memory.share(Deadline(0.1)).__enter__()
    for each in shares:
        each.__exit__(None, None, None)
    with memory.share(Deadline(0.1)):
        pass


def test_a_query_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.sources.duckdb_files.QUERY_MEMORY", QueryMemory(64))
    counts: list[int] = []

    def counted() -> None:
        with duckdb_for(Deadline(30), "rows", "UTC") as connection:
            counts.append(1)
            assert len(counts) == 1
            connection.execute("SELECT count(*) FROM range(1000)").fetchall()
            counts.pop()

    threads = [Thread(target=counted) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == []


def test_a_query_has_its_share_and_keeps_the_rest_on_disk() -> None:
    with duckdb_for(Deadline(60), "rows", "UTC") as connection:
        [(limit, folder)] = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()
        assert limit == "61.0 MiB"
        [(count,)] = connection.execute(
            "SELECT count(*) FROM (SELECT range AS n, hash(range)::VARCHAR AS h FROM range(2000000) ORDER BY h)"
        ).fetchall()
        assert count == 2_000_000
    assert not Path(folder).exists()
    with QUERY_MEMORY.share(Deadline(0.1)):
        pass


def test_as_many_values_as_is_said_are_read() -> None:
    assert len(parse_json("[" + "1," * (MOST_VALUES - 2) + "1]")) == MOST_VALUES - 1  # type: ignore[arg-type]
