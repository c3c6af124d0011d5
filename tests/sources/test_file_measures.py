"""Direct measures over files: texts are texts, and no number, label or date depends on which other rows are there."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.records.batch import Answer, SourceFailed
from tests.support.examples import examples
from tests.support.source_polls import options, poll

Cells = list[dict[str, str]]


def write(path: Path, rows: Cells) -> None:
    if path.suffix == ".csv":
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    else:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def measured(folder: Path, query: str, path: str = "rows.csv", **measure: Any) -> list[Answer]:
    section = {"path": path, "query": query, "unit": "count", **measure}
    return poll(options("files", folder, measures={"m": section}).build("s")).answers


def of(folder: Path, rows: Cells, query: str, suffix: str = "csv", **measure: Any) -> list[Answer]:
    write(folder / f"rows.{suffix}", rows)
    return measured(folder, query, f"rows.{suffix}", **({"delimiter": "\t"} if suffix == "csv" else {}), **measure)


def value(answers: list[Answer]) -> Decimal | None:
    (answer,) = answers
    return answer.value


texts = st.one_of(
    st.sampled_from(["00123", "1e5", "true", "2026-01-01", "01/03/2026", "NaN", "1.234", "x", "0", "-0", "1_000"]),
    st.text(alphabet="ab01.,-/: ", min_size=1, max_size=8).map(str.strip).filter(bool),
)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@examples(25, shared_fixtures=True)
@given(labels=st.lists(texts, min_size=1, max_size=6, unique=True))
def test_a_label_is_the_text_of_the_file_whatever_stands_beside_it(
    tmp_path: Path, suffix: str, labels: list[str]
) -> None:
    rows = [{"code": label, "n": "1"} for label in labels]
    answers = of(tmp_path, rows, "SELECT code, sum(n) AS value FROM rows GROUP BY code", suffix, by=["code"])
    assert sorted(answer.labels["code"] for answer in answers) == sorted(labels)
    assert {answer.value for answer in answers} == {Decimal(1)}


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@examples(25, shared_fixtures=True)
@given(
    amounts=st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8), rest=st.lists(texts, max_size=4)
)
def test_a_sum_is_exact_and_does_not_depend_on_the_rows_that_it_leaves_out(
    tmp_path: Path, suffix: str, amounts: list[Decimal], rest: list[str]
) -> None:
    rows = [{"kind": "sum", "n": str(amount), "note": ""} for amount in amounts]
    rows += [{"kind": "other", "n": "1", "note": text} for text in rest]
    answers = of(tmp_path, rows, "SELECT sum(n) AS value FROM rows WHERE kind = 'sum'", suffix)
    assert value(answers) == sum(amounts)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("more", [[], ["04/25/2026"], ["2026-01-15"]])
def test_a_date_that_could_be_two_is_refused_whatever_stands_beside_it(
    tmp_path: Path, suffix: str, more: list[str]
) -> None:
    rows = [{"day": day, "n": "10"} for day in ["03/01/2026", "03/02/2026", *more]]
    query = "SELECT SUM(n) AS value FROM rows WHERE day >= DATE '2026-01-01' AND day < DATE '2026-02-01'"
    with pytest.raises(SourceFailed, match=rf'^measure m: rows\.{suffix}, line [12]: `day`: "03/01/2026" ') as failed:
        of(tmp_path, rows, query, suffix)
    assert '`date_format: "%d/%m/%Y"` or `date_format: "%m/%d/%Y"`' in str(failed.value)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize(("form", "total"), [("%d/%m/%Y", 50), ("%m/%d/%Y", None)])
def test_a_date_is_read_in_the_form_that_is_told(tmp_path: Path, suffix: str, form: str, total: int | None) -> None:
    rows = [{"day": "03/01/2026", "n": "10"}, {"day": "04/01/2026", "n": "40"}, {"day": "03/02/2026", "n": "20"}]
    query = "SELECT SUM(n) AS value FROM rows WHERE day >= DATE '2026-01-01' AND day < DATE '2026-02-01'"
    assert value(of(tmp_path, rows, query, suffix, date_format=form)) == total


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_amounts_are_read_in_the_dialect_that_is_told(tmp_path: Path, suffix: str) -> None:
    rows = [{"amount": text} for text in ("1.234", "1.500,50", "49,00")]
    query = "SELECT sum(amount) AS value FROM rows"
    assert value(of(tmp_path, rows, query, suffix, decimal=",", thousands=".")) == Decimal("2783.50")
    with pytest.raises(SourceFailed, match=r'`amount`: "1.500,50" .* write `decimal: ","` and `thousands: "."`'):
        of(tmp_path, rows, query, suffix)
    with pytest.raises(SourceFailed, match=r'`amount`: "1.234" is not a number with `decimal: ","`'):
        of(tmp_path, rows, query, suffix, decimal=",")


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_types_that_are_told_are_those_of_the_rows(tmp_path: Path, suffix: str) -> None:
    rows = [{"n": "9", "day": "2026-01-02", "ts": "2026-01-01 00:30", "ok": "yes", "code": "007"}]
    rows += [{"n": "10", "day": "2026-01-01", "ts": "2026-01-01T00:00:00Z", "ok": "no", "code": "7"}]
    types = {"n": "integer", "day": "date", "ts": "instant", "ok": "boolean", "code": "text"}
    query = (
        "SELECT code, CASE WHEN ok THEN n ELSE -n END AS value FROM rows "
        "WHERE day > DATE '2025-12-31' AND ts < TIMESTAMPTZ '2026-01-01 00:30:01Z' ORDER BY n"
    )
    assert of(tmp_path, rows, query, suffix, types=types, by=["code"]) == [
        Answer("m", Decimal(9), {"code": "007"}),
        Answer("m", Decimal(-10), {"code": "7"}),
    ]


def test_the_greatest_number_is_none_of_texts(tmp_path: Path) -> None:
    assert value(of(tmp_path, [{"n": "9"}, {"n": "10"}], "SELECT max(n) AS value FROM rows")) == 10


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT other(n) AS value FROM rows", "Scalar Function with name other does not exist"),
        ("SELECT product(n) AS value FROM rows", r"all columns of csv are texts, here `n` \(such as '00123'\)"),
        ("SELECT n || 'x' AS value FROM rows", "gives a text as `value`; cast it, or write under `types`"),
        ("SELECT CAST(code AS DECIMAL(9,2)) AS value FROM rows", "Could not convert string"),
        ("SELECT sum(m) AS value FROM rows", 'Referenced column "m" not found'),
    ],
)
def test_a_query_that_does_not_fit_texts_says_what_to_write(tmp_path: Path, query: str, says: str) -> None:
    with pytest.raises(SourceFailed, match=says):
        of(tmp_path, [{"n": "00123", "code": "abc"}], query)


@pytest.mark.parametrize(
    ("text", "types", "says"),
    [
        ("abc", {}, "line 2: `n`: 'abc' is not a number"),
        ("1.5", {"n": "integer"}, "line 2: `n`: '1.5' is not a whole number"),
        ("maybe", {"n": "boolean"}, "line 2: `n`: 'maybe' is not true or false"),
        ("someday", {"n": "date"}, "line 2: `n`: 'someday' is not a date"),
        ("1", {"m": "decimal"}, r"rows\.csv has no column `m`, whose type is told; it has n"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_named(tmp_path: Path, text: str, types: dict[str, str], says: str) -> None:
    query = "SELECT count(n) AS value FROM rows" if types else "SELECT sum(n) AS value FROM rows"
    with pytest.raises(SourceFailed, match=says):
        of(tmp_path, [{"n": text}], query, types=types)


def test_a_time_is_not_cut_to_a_date_that_the_query_needs(tmp_path: Path) -> None:
    rows = [{"ts": "2026-01-31 08:00"}]
    query = "SELECT count(*) AS value FROM rows WHERE ts <= DATE '2026-01-31'"
    with pytest.raises(SourceFailed, match="has a time; write under `types` whether it is an instant or a date"):
        of(tmp_path, rows, query)
    assert value(of(tmp_path, rows, query, types={"ts": "instant"})) == 0
    assert value(of(tmp_path, rows, query, types={"ts": "date"})) == 1


def test_json_lines_may_lack_keys_and_hold_what_they_like(tmp_path: Path) -> None:
    lines = ['{"n": 10.10, "tag": true}', '{"late": "x", "n": 1e2}', "", '{"n": null, "deep": {"a": [1]}}']
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    assert value(measured(tmp_path, "SELECT sum(n) AS value FROM rows", "rows.jsonl")) == Decimal("110.10")
    assert value(measured(tmp_path, "SELECT count(late) AS value FROM rows WHERE late = 'x'", "rows.jsonl")) == 1
    assert value(measured(tmp_path, "SELECT count(*) AS value FROM rows WHERE tag = 'true'", "rows.jsonl")) == 1
    query = "SELECT sum(CAST(deep->>'$.a[0]' AS INTEGER)) AS value FROM rows"
    assert value(measured(tmp_path, query, "rows.jsonl")) == 1


def test_json_lines_without_a_line_have_the_columns_that_are_told(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("\n")
    query = "SELECT sum(n) AS value FROM rows"
    assert value(measured(tmp_path, query, "rows.jsonl", types={"n": "decimal"})) is None
    assert value(measured(tmp_path, "SELECT count(*) AS value FROM rows", "rows.jsonl")) == 0


@pytest.mark.parametrize("query", ["SELECT sum(n) AS value FROM rows", 'SELECT count(r."N") AS value FROM rows r'])
def test_a_query_that_reads_one_of_two_columns_of_one_name_fails(tmp_path: Path, query: str) -> None:
    (tmp_path / "rows.csv").write_text("a,n,N\n1,2,3\n")
    (tmp_path / "rows.jsonl").write_text('{"a": 1, "n": 2}\n{"a": 1, "N": 3}\n')
    for path in ("rows.csv", "rows.jsonl"):
        with pytest.raises(SourceFailed, match=rf"^measure m: {path} has two columns called `n`"):
            measured(tmp_path, query, path)
    assert value(measured(tmp_path, "SELECT sum(a) AS value FROM rows", "rows.csv")) == 1


def test_files_of_one_pattern_have_the_same_columns_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,m\n1,10\n")
    (tmp_path / "b.csv").write_text("m,n\n20,2\n")
    assert value(measured(tmp_path, "SELECT sum(n) AS value FROM rows", "*.csv")) == 3
    for other in ("count", "N"):
        (tmp_path / "b.csv").write_text(f"m,{other}\n20,2\n")
        with pytest.raises(
            SourceFailed, match=rf"b\.csv has other columns than a\.csv: `{other}` is in one of them only"
        ):
            measured(tmp_path, "SELECT sum(n) AS value FROM rows", "*.csv")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT '00123' AS code, 1.5::DOUBLE AS n, DATE '2026-01-03' AS day, '5' AS text) "
            f"TO '{tmp_path}/rows.parquet' (FORMAT parquet)"
        )
    query = "SELECT code, sum(n) AS value FROM rows WHERE day < DATE '2026-02-01' GROUP BY code"
    assert measured(tmp_path, query, "rows.parquet", by=["code"]) == [Answer("m", Decimal("1.5"), {"code": "00123"})]
    with pytest.raises(SourceFailed, match="gives a text as `value`"):
        measured(tmp_path, "SELECT text AS value FROM rows", "rows.parquet")


@pytest.mark.parametrize(
    ("path", "query", "more", "says"),
    [
        ("a.csv", "SELECT count(*) AS value FROM rows", {"decimal": ","}, "`decimal` has nothing to read"),
        ("a.csv", "SELECT sum(n) AS value FROM rows", {"date_format": "epoch"}, "as `types: {day: date}`"),
        ("a.csv", "SELECT sum(n) AS value FROM rows", {"types": {"n": "money"}}, "types.n"),
        ("a.parquet", "SELECT sum(n) AS value FROM rows", {"decimal": ","}, "Parquet tells the types"),
        ("a.parquet", "SELECT sum(n) AS value FROM rows", {"types": {"n": "decimal"}}, "`types` is for csv and jsonl"),
    ],
)
def test_options_that_have_nothing_to_do_are_refused_at_load(
    tmp_path: Path, path: str, query: str, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        options("files", tmp_path, measures={"m": {"path": path, "query": query, "unit": "EUR", **more}})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "cell", ["a,b", 'a"b', "a\nb", "a\rb", " a ", "\\N", "NULL", "#a", "'", "\N{SNOWMAN}", "a" * 1000]
)
def test_a_text_comes_to_the_query_as_it_is(tmp_path: Path, cell: str) -> None:
    (tmp_path / "rows.csv").write_text('code,n\n"' + cell.replace('"', '""') + '",1\n', newline="")
    (answer,) = measured(tmp_path, "SELECT code, sum(n) AS value FROM rows GROUP BY code", by=["code"])
    assert answer.labels["code"] == cell
