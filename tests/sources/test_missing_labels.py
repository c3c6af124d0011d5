"""A missing label is a label: for every kind of source that can have one, and never the company's total."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.records.batch import Answer, SourceFailed
from exporter.sources.answers import answers_from_rows
from exporter.sources.interface import MeasureOptions, Source
from tests.servers.prometheus import Prometheus
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.sources.databases import AnyDatabase, MariaDbDatabase, PostgresDatabase, SqliteDatabase, sql
from tests.support.source_polls import options, poll

Numbers = Mapping[str, Decimal | None]
"""By label, the total under an empty text."""

ORDERS = (("North", 10), ("South", 20), (None, 5))
PARTS = {"North": 10, "South": 20, "none": 5}
PLAIN = "SELECT region, SUM(n) AS value FROM {rows} GROUP BY region"


def numbers(source: Source, label: str = "region") -> Numbers:
    answers = poll(source).answers
    values = {answer.labels.get(label, ""): answer.value for answer in answers}
    assert len(values) == len(answers)
    return values


def files(folder: Path, file: str, query: str, **measure: Any) -> Source:
    return options(
        "files", folder, measures={"m": {"path": file, "query": query, "unit": "count", "by": ["region"], **measure}}
    ).build("orders")


def csv(folder: Path) -> str:
    (folder / "orders.csv").write_text("region,n\n" + "".join(f"{region or ''},{n}\n" for region, n in ORDERS))
    return "orders.csv"


def jsonl(folder: Path) -> str:
    lines = [json.dumps({"region": region, "n": n} if region else {"n": n}) for region, n in ORDERS]
    (folder / "orders.jsonl").write_text("\n".join(lines))
    return "orders.jsonl"


def parquet(folder: Path) -> str:
    rows = ", ".join(f"({'NULL' if region is None else repr(region)}, {n})" for region, n in ORDERS)
    duckdb.connect().execute(f"COPY (FROM (VALUES {rows}) AS t(region, n)) TO '{folder / 'orders.parquet'}'")
    return "orders.parquet"


FILES: Mapping[str, Callable[[Path], str]] = {"csv": csv, "jsonl": jsonl, "parquet": parquet}


@pytest.fixture
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Numbers]]:
    """Return what runs a query, whose `{rows}` stands for the orders, by each kind of source."""
    kind = request.param
    if kind in FILES:
        file = FILES[kind](tmp_path)
        yield lambda query: numbers(files(tmp_path, file, query.format(rows="rows")))
        return
    place: AnyDatabase
    if kind == "sqlite":
        place = SqliteDatabase(tmp_path)
    elif kind == "postgres":
        place = PostgresDatabase(request.getfixturevalue("postgres"))
    else:
        place = MariaDbDatabase(request.getfixturevalue("mariadb"))
    rows = ", ".join(f"({'NULL' if region is None else repr(region)}, {n})" for region, n in ORDERS)
    place.execute(f"CREATE TABLE orders (region varchar(9), n int); INSERT INTO orders VALUES {rows}")
    measure = {"unit": "count", "by": ["region"]}
    yield lambda query: numbers(sql(place, measures={"m": {"query": query.format(rows="orders"), **measure}}))
    place.drop()


POSTGRES = pytest.param("postgres", marks=pytest.mark.integration)
MARIADB = pytest.param("mariadb", marks=pytest.mark.integration)


@pytest.mark.parametrize("ask", [*FILES, "sqlite", POSTGRES, MARIADB], indirect=True)
def test_what_the_total_is_a_query_has_to_say(ask: Callable[[str], Numbers]) -> None:
    """Also where the label is empty or blank, or the rows come from another query."""
    for query in (
        PLAIN,
        PLAIN.replace("region,", "COALESCE(region, '') AS region,"),
        PLAIN.replace("region,", "COALESCE(region, '  ') AS region,"),
        f"{PLAIN} ORDER BY region",
        f"WITH t AS ({PLAIN}) SELECT region, value FROM t",
    ):
        assert ask(query) == PARTS, query
    total = "SUM(n) AS value FROM {rows}"
    for query in (
        f"{PLAIN} UNION ALL SELECT NULL, {total}",
        f"{PLAIN} UNION ALL SELECT CAST(NULL AS CHAR(9)) AS region, {total}",
        f"SELECT t.region, t.value FROM ({PLAIN} UNION ALL SELECT NULL, {total}) AS t",
        "SELECT region, n AS value, 0 AS is_total FROM {rows} UNION ALL SELECT 'all', SUM(n), 1 FROM {rows}",
    ):
        assert ask(query) == {**PARTS, "": 35}, query


@pytest.mark.parametrize("ask", [*FILES, POSTGRES], indirect=True)
def test_a_total_that_is_asked_for_is_no_part_and_the_part_without_a_label_is_none(
    ask: Callable[[str], Numbers],
) -> None:
    """Tell the total from the part without a label, though both rows have a NULL."""
    for query in (
        PLAIN.replace("BY region", "BY GROUPING SETS ((region), ())"),
        PLAIN.replace("BY region", "BY ROLLUP (region)"),
        PLAIN.replace("BY region", "BY CUBE (region)"),
        PLAIN.replace("BY region", "BY GROUPING SETS ((1), ())"),
        PLAIN.replace("BY region", "BY GROUPING SETS ((r.region), ())").replace("{rows}", "{rows} AS r"),
        "WITH t AS (" + PLAIN.replace("BY region", "BY ROLLUP (region)") + ") SELECT * FROM t",
        "SELECT region, SUM(n) AS value, GROUPING(region) AS is_total FROM {rows} GROUP BY ROLLUP (region)",
    ):
        assert ask(query) == {**PARTS, "": 35}, query


@pytest.mark.parametrize("ask", [MARIADB], indirect=True)
def test_where_the_database_cannot_tell_a_total_only_one_row_may_have_no_label(
    ask: Callable[[str], Numbers],
) -> None:
    rollup = PLAIN.replace("BY region", "BY region WITH ROLLUP")
    labelled = rollup.replace("GROUP", "WHERE region IS NOT NULL GROUP")
    assert ask(labelled) == {"North": 10, "South": 20, "": 30}
    with pytest.raises(
        SourceFailed, match="two rows have no `region`, of which one is the total; add a column `is_tot"
    ):
        ask(rollup)


def test_grouping_without_the_total_gives_none(tmp_path: Path) -> None:
    query = "SELECT region, SUM(n) AS value FROM rows GROUP BY GROUPING SETS ((region))"
    assert numbers(files(tmp_path, csv(tmp_path), query)) == PARTS


def test_where_nothing_tells_two_nulls_apart_the_column_is_named(tmp_path: Path) -> None:
    """Name the column where GROUPING cannot be used, because the query guards it by an expression."""
    guarded = "CASE WHEN GROUPING(region) = 0 THEN {} END AS region"
    query = "SELECT {}, SUM(n) AS value FROM rows GROUP BY ROLLUP (region)"
    sure = query.format(guarded.format("COALESCE(region, 'elsewhere')"))
    assert numbers(files(tmp_path, csv(tmp_path), sure)) == {"North": 10, "South": 20, "elsewhere": 5, "": 35}
    with pytest.raises(
        SourceFailed, match="two rows have no `region`, of which one is the total; add a column `is_tot"
    ):
        numbers(files(tmp_path, csv(tmp_path), query.format(guarded.format("region"))))


@pytest.mark.parametrize("other", ["none", " ", "\t"])
def test_a_label_of_the_same_name_is_not_merged(tmp_path: Path, other: str) -> None:
    (tmp_path / "orders.jsonl").write_text(f'{{"region": null, "n": 5}}\n{json.dumps({"region": other, "n": 2})}\n')
    with pytest.raises(SourceFailed, match="two rows are `region` 'none' "):
        numbers(files(tmp_path, "orders.jsonl", PLAIN.format(rows="rows")))


def test_labels_are_as_they_are_written(tmp_path: Path) -> None:
    written = ["north", "North", "NORTH ", "1", "1.0", "01", "None", "null", "ñ"]
    (tmp_path / "orders.jsonl").write_text("\n".join(json.dumps({"region": each, "n": 1}) for each in written))
    assert numbers(files(tmp_path, "orders.jsonl", PLAIN.format(rows="rows"))) == dict.fromkeys(written, 1)


TWO = (
    "SELECT region, tier, SUM(n) AS value "
    "FROM (VALUES ('N', 'a', 1), ('N', NULL, 2), (NULL, 'a', 4), (NULL, NULL, 8)) AS t(region, tier, n) GROUP BY "
)


@pytest.mark.parametrize(
    ("grouping", "total", "expected"),
    [
        ("CUBE (region, tier)", None, {("", ""): 15, ("N", ""): 3, ("none", ""): 12, ("", "a"): 5, ("", "none"): 10}),
        ("GROUPING SETS ((region), (tier))", None, {("N", ""): 3, ("none", ""): 12, ("", "a"): 5, ("", "none"): 10}),
        (
            "GROUPING SETS ((region), (tier))",
            "sum",
            {("", ""): 15, ("N", ""): 3, ("none", ""): 12, ("", "a"): 5, ("", "none"): 10},
        ),
        ("region, tier", None, {}),
        ("region, tier", "sum", {("", ""): 15, ("N", ""): 3, ("none", ""): 12, ("", "a"): 5, ("", "none"): 10}),
        ("region, ROLLUP (tier)", None, {("N", ""): 3, ("none", ""): 12}),
    ],
)
def test_two_labels(tmp_path: Path, grouping: str, total: str | None, expected: Mapping[tuple[str, str], int]) -> None:
    (tmp_path / "x.csv").write_text("x\n1\n")
    source = files(tmp_path, "x.csv", TWO + grouping, by=["region", "tier"], total=total)
    values = {(each.labels["region"], each.labels["tier"]): each.value for each in poll(source).answers}
    assert {labels: value for labels, value in values.items() if "" in labels} == expected


def test_parts_by_two_labels_that_disagree_have_no_sum(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x\n1\n")
    query = "SELECT 'N' AS region, NULL AS tier, 1 AS value UNION ALL SELECT NULL, 'a', 2"
    with pytest.raises(SourceFailed, match="its parts by tier add up to 2, those by region to 1"):
        poll(files(tmp_path, "x.csv", query, by=["region", "tier"], total="sum"))


def http(items: list[object], **measure: Any) -> Numbers:
    def answer(_: HttpRequest) -> HttpResponse:
        return HttpResponse(items)

    with Standin(answer) as server:
        return numbers(
            options(
                "http", url=server.url, measures={"m": {"select": "@", "unit": "count", "by": ["region"], **measure}}
            ).build("orders")
        )


NORTH: dict[str, object] = {"region": "North", "value": 10}


@pytest.mark.parametrize("missing", [{}, {"region": None}, {"region": ""}, {"region": " "}])
def test_an_object_without_the_label_is_a_part(missing: dict[str, object]) -> None:
    item = {**missing, "value": 5}
    assert http([NORTH, item]) == http([item, NORTH]) == {"North": 10, "none": 5}
    assert http([NORTH, item], total="sum") == {"North": 10, "none": 5, "": 15}
    assert http([NORTH, item, {"value": 99, "is_total": True}]) == {"North": 10, "none": 5, "": 99}
    assert http([NORTH, item, {"value": 99, "is_total": True}], total="sum") == {"North": 10, "none": 5, "": 99}


def test_what_is_no_label_is_refused() -> None:
    with pytest.raises(SourceFailed, match=r"its `region` is .*North.*; a label is a text"):
        http([{"region": {"name": "North"}, "value": 1}])
    with pytest.raises(SourceFailed, match="its `is_total` is '35'; write true in the row of the total"):
        http([NORTH, {"value": 35, "is_total": 35}])
    assert http([{"region": True, "value": 1}, {"region": 7, "value": 2}]) == {"true": 1, "7": 2}


@pytest.mark.integration
def test_a_series_without_the_label_is_a_part(prometheus: Prometheus) -> None:
    def element(region: str, value: int, name: str = "region") -> str:
        return f'label_replace(vector({value}), "{name}", "{region}", "", "")'

    orders = " or ".join((element("North", 10), element("South", 20), "vector(5)"))
    total = f'label_replace({element("true", 35, "is_total")}, "region", "all", "", "")'

    def answers_to(query: str, **measure: Any) -> Numbers:
        measures = {"m": {"query": query, "unit": "count", "by": ["region"], **measure}}
        return numbers(options("prometheus", url=prometheus.url, measures=measures).build("orders"))

    assert answers_to(orders) == PARTS
    assert answers_to(orders, total="sum") == {**PARTS, "": 35}
    assert answers_to(f"{orders} or {total}") == {**PARTS, "": 35}


@pytest.mark.parametrize("unit", ["ratio", "ratio n:1", "rank", "score 1..5"])
def test_parts_of_a_unit_that_may_not_be_added_have_no_sum(unit: str) -> None:
    with pytest.raises(ValidationError, match="parts that add up, which those in"):
        MeasureOptions(unit=unit, by=("region",), total="sum")


def test_a_sum_needs_parts() -> None:
    with pytest.raises(ValidationError, match="name their label in `by`"):
        MeasureOptions(unit="count", total="sum")


labels = st.one_of(
    st.none(), st.text(max_size=3), st.sampled_from(["none", " ", "", "1"]), st.integers(), st.booleans()
)
values = st.one_of(
    st.none(), st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20)
)


@given(st.lists(st.tuples(labels, values), max_size=8))
def test_every_row_is_one_part_and_the_parts_add_up(rows: list[tuple[object, Decimal | None]]) -> None:
    measure = MeasureOptions(unit="EUR", by=("region",), total="sum")
    named = ["none" if label is None or not str(label).strip() else str(label) for label, _ in rows]
    given_rows = [{"region": label, "value": value} for label, value in rows]
    if len({each.lower() if each in ("True", "False") else each for each in named}) < len(rows):
        with pytest.raises(SourceFailed, match="region"):
            list(answers_from_rows("m", measure, given_rows))
        return
    answers = list(answers_from_rows("m", measure, given_rows))
    if not rows:
        assert answers == [Answer("m", None)]
        return
    parts = [each for each in answers if each.labels["region"]]
    (total,) = (each for each in answers if not each.labels["region"])
    assert [each.value for each in parts] == [value for _, value in rows]
    assert all(each.labels["region"].strip() for each in parts)
    numbers_known = [each.value for each in parts if each.value is not None]
    assert total.value == (sum(numbers_known) if len(numbers_known) == len(parts) else None)
