"""One SELECT and nothing else: what is refused before a database sees it, and what must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.mistakes import TextError
from exporter.sources.select import dialect_of, one_select
from tests.support.source_polls import options

DIALECTS = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "mssql": "tsql",
    "oracle": "oracle",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "clickhousedb": "clickhouse",
    "duckdb": "duckdb",
    "trino": "trino",
    "redshift": "redshift",
    "databricks": "databricks",
    "awsathena": "athena",
    "vertica": "",  # none that sqlglot knows
}

HONEST = {
    "": [
        "SELECT 1",
        "select 1;",
        " SELECT 1 ; ; ",
        "SELECT 1; -- the end",
        "SELECT 1 AS value -- a note",
        "SELECT 1 /* a note; DROP TABLE x */ AS value",
        "-- what it is\nSELECT 1 AS value",
        "/* DROP TABLE x */ SELECT 1",
        "(SELECT 1)",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT 1 UNION SELECT 2 EXCEPT SELECT 3",
        "WITH a AS (SELECT 1 AS n), b AS (SELECT n FROM a) SELECT n FROM b",
        "SELECT 'DROP TABLE x; DELETE FROM y' AS value",
        "SELECT 'it''s; INSERT INTO x' AS value",
        'SELECT "delete", "into" FROM t',
        'SELECT t."update" FROM t',
        "SELECT count(*) AS value FROM t WHERE status IN ('deleted', 'update') AND note LIKE '%;%'",
        "SELECT region AS r, sum(amount) AS value FROM t GROUP BY region HAVING sum(amount) > 0 ORDER BY 2 DESC",
        "SELECT CASE WHEN a > 0 THEN 1 ELSE 0 END AS value FROM t",
        "SELECT a, row_number() OVER (PARTITION BY b ORDER BY c) AS n FROM t",
        "SELECT * FROM a LEFT JOIN b ON a.id = b.id WHERE EXISTS (SELECT 1 FROM c WHERE c.id = a.id)",
        "SELECT deleted_at, updated_at, inserted_by FROM t WHERE deleted_at IS NULL",
        "SELECT coalesce(a, 0) AS value FROM schema_a.t AS t",
        "SELECT replace(name, 'a', 'b') AS value FROM t",
        "SELECT opening, closing, loaded, used FROM prices",
    ],
    "postgresql": [
        "SELECT $$it's; DROP TABLE x$$ AS value",
        "SELECT $tag$ $$ ; DELETE $$ $tag$ AS value",
        r"SELECT E'it\'s; DROP TABLE x' AS value",
        r"SELECT 'a\' AS value",
        "SELECT '10%' || ' :x %s ? \\:y' AS lead_id, 1::int AS n WHERE 'abc' LIKE '%b%' -- :all of it; %(since)s",
        "SELECT now() AT TIME ZONE 'Europe/Berlin' - interval '1 day' AS value",
        "SELECT data->>'a' AS a, data #>> '{b,c}' AS b, data @> '{}' AS c FROM t",
        "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b",
        "SELECT generate_series(1, 3) AS value",
        "SELECT n FROM generate_series(1, 10) WITH ORDINALITY AS g(n, i)",
        "SELECT count(*) FILTER (WHERE a) AS value FROM t",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS value FROM t",
        "SELECT a FROM t, LATERAL (SELECT 1 AS b) x",
        "SELECT array_agg(a ORDER BY b) FROM t",
        "SELECT ARRAY[1, 2] || 3 AS value",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r",
        "WITH a AS MATERIALIZED (SELECT 1 AS n) SELECT n FROM a",
        "WITH update AS (SELECT 1 AS n) SELECT n FROM update",
        "SELECT a FROM t TABLESAMPLE SYSTEM (10)",
        "SELECT a FROM t FETCH FIRST 5 ROWS ONLY",
        'SELECT set, delete, copy, call, "end" FROM t',
        "SELECT a ~* '^x' AS b, a SIMILAR TO 'x' AS c FROM t",
        "SELECT extract(epoch FROM a) AS value FROM t",
        "SELECT substring(a FROM 1 FOR 3) AS value FROM t",
        "SELECT (a).b, (c).* FROM t",
        "SELECT a FROM ONLY t",
        "SELECT xmlelement(name x, a) FROM t",
        "SELECT a <-> point '(1,2)' AS value FROM t",
        "SELECT * FROM crosstab('select 1; select 2') AS ct(a text, b int)",
        "SELECT U&'d\\0061t' AS value",
        "SELECT a FROM t WHERE b = ANY('{1,2}'::int[])",
        "SELECT grouping(a), sum(b) FROM t GROUP BY GROUPING SETS ((a), ())",
        "SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS x(a, b)",
    ],
    "mysql": [
        "SELECT `delete`, `into` FROM t",
        "SELECT 'it\\'s; DROP TABLE x' AS value",
        "SELECT \"it's; DROP TABLE x\" AS value",
        "SELECT 1 # a note; DROP TABLE x",
        "SELECT 5--1 AS value",
        "SELECT STRAIGHT_JOIN a FROM t FORCE INDEX (i)",
        "SELECT SQL_NO_CACHE count(*) AS value FROM t",
        "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ';') AS value FROM t",
        "SELECT DATE_SUB(NOW(), INTERVAL 1 DAY) AS value",
        "SELECT /*+ MAX_EXECUTION_TIME(1000) */ a FROM t",
        "SELECT INSERT(a, 1, 2, 'x'), REPLACE(a, 'x', 'y'), TRUNCATE(a, 2) FROM t",
        "SELECT a FROM t PARTITION (p0)",
        "SELECT a DIV 2, a MOD 2, a <=> b, a RLIKE 'x' FROM t",
        "SELECT b'1', x'4D', _utf8mb4'x' COLLATE utf8mb4_bin",
        "SELECT a->'$.b', a->>'$.b' FROM t",
        "SELECT a FROM t LIMIT 5, 10",
        "SELECT IF(a, 1, 0) AS value FROM t",
        "SELECT a, sum(b) FROM t GROUP BY a WITH ROLLUP",
        "SELECT MATCH (a) AGAINST ('x' IN BOOLEAN MODE) AS value FROM t",
        "SELECT CONVERT(a USING utf8mb4), CAST(a AS UNSIGNED) FROM t",
        "SELECT * FROM t FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01'",
        "SELECT @n := 1",
    ],
    "sqlite": [
        "SELECT [delete], `into` FROM t",
        "SELECT name FROM sqlite_master WHERE type = 'table'",
        "SELECT strftime('%Y-%m', a) AS month, sum(b) AS value FROM t GROUP BY month",
        "SELECT a FROM t INDEXED BY i WHERE b GLOB 'x*'",
        "SELECT iif(a, 1, 0) AS value, a IS NOT b, typeof(a) FROM t",
        "SELECT value FROM json_each('[1,2]')",
        "SELECT a FROM t ORDER BY a NULLS LAST LIMIT 5 OFFSET 2",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) AS value FROM r",
        "SELECT date('now', '-1 day') AS value",
    ],
    "mssql": [
        "SELECT TOP 5 * FROM t WITH (NOLOCK)",
        "SELECT TOP (5) PERCENT a FROM t OPTION (MERGE JOIN, MAXDOP 1)",
        "SELECT [delete], [into] FROM [dbo].[t]",
        "SELECT * FROM t OPTION (USE HINT ('FORCE_LEGACY_CARDINALITY_ESTIMATION'))",
        "SELECT a FROM t FOR JSON PATH",
        "SELECT DATEADD(day, -1, GETDATE()) AS value",
        "SELECT a FROM t CROSS APPLY (SELECT 1 AS b) x",
        "SELECT ISNULL(a, 0), LEN(b), CONVERT(varchar(10), c, 120) FROM t",
        "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY",
        "WITH a AS (SELECT 1 AS n) SELECT n FROM a INNER MERGE JOIN b ON a.n = b.n",
        "SELECT N'DROP TABLE x' AS value",
        "SELECT STRING_AGG(a, ';') WITHIN GROUP (ORDER BY a) FROM t",
    ],
    "oracle": [
        "SELECT 1 FROM dual",
        "SELECT q'[it's; DROP TABLE x]' FROM dual",
        "SELECT a FROM t START WITH b IS NULL CONNECT BY PRIOR a = b",
        "SELECT /*+ INDEX(t i) */ a FROM t",
        "SELECT NVL(a, 0), TO_CHAR(b, 'YYYY-MM'), TRUNC(c) FROM t WHERE ROWNUM <= 5",
        "SELECT a FROM t AS OF TIMESTAMP SYSTIMESTAMP - INTERVAL '1' HOUR",
        "SELECT * FROM t MODEL DIMENSION BY (a) MEASURES (b) RULES (b[1] = 2)",
        "SELECT LISTAGG(a, ';') WITHIN GROUP (ORDER BY a) FROM t",
        "SELECT a FROM t MINUS SELECT b FROM u",
        "SELECT a(+) FROM t, u WHERE t.a = u.a(+)",
    ],
    "snowflake": [
        "SELECT a:b.c::string AS value FROM t, LATERAL FLATTEN(input => d) f",
        "SELECT $$it's; DROP TABLE x$$ AS value",
        "SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY c) = 1",
        "SELECT a FROM t AT (OFFSET => -60)",
        "SELECT 1 AS value // a note; DROP TABLE x",
        "SELECT DATEADD(day, -1, CURRENT_TIMESTAMP()) AS value",
        "SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))",
    ],
    "bigquery": [
        "SELECT a FROM `project.set.t` WHERE _PARTITIONDATE = '2026-01-01'",
        "SELECT STRUCT(1 AS a, 'x' AS b) AS value",
        "SELECT * EXCEPT (a), SAFE_DIVIDE(b, c) FROM t",
        "SELECT a FROM t, UNNEST(b) AS c WITH OFFSET AS d",
        "SELECT r'it\\s; DROP TABLE x', '''it's; DROP''' AS value",
        "SELECT APPROX_QUANTILES(a, 2)[OFFSET(1)] AS value FROM t",
        "SELECT a FROM t FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)",
    ],
    "clickhousedb": [
        "SELECT a FROM t FINAL PREWHERE b = 1 SETTINGS max_threads = 1",
        "SELECT uniqExact(a), quantile(0.5)(b) FROM t SAMPLE 0.1",
        "SELECT a FROM t ARRAY JOIN b AS c LIMIT 1 BY a",
        "WITH 5 AS n SELECT n AS value",
        "SELECT a FROM t ASOF LEFT JOIN u USING (a, b)",
        "SELECT toStartOfMonth(a) AS m, countIf(b) AS value FROM t GROUP BY m WITH TOTALS",
    ],
    "duckdb": ["SELECT * EXCLUDE (a) FROM t", "SELECT a FROM 'data.parquet'", "SELECT list_filter([1, 2], x -> x > 1)"],
    "trino": ["SELECT a FROM t TABLESAMPLE BERNOULLI (10)", "SELECT approx_distinct(a) FROM c.s.t"],
    "redshift": ["SELECT LISTAGG(a, ';') FROM t", "SELECT a FROM t LIMIT 5", "SELECT GETDATE() AS value"],
    "databricks": ["SELECT a.b[0].c FROM cat.sch.t", "SELECT a FROM t VERSION AS OF 1", "SELECT explode(a) FROM t"],
    "awsathena": ["SELECT a FROM t WHERE b = DATE '2026-01-01'", "SELECT element_at(a, 'x') FROM t"],
}  # fmt: skip

WRITING = [
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
    "TRUNCATE TABLE t",
    "DROP TABLE t",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TABLE x (a INT)",
    "ALTER TABLE t ADD b INT",
    "GRANT SELECT ON t TO u",
    "COMMIT",
]

NOT_A_SELECT = {
    "": [
        *WRITING,
        "",
        " ; ",
        "-- only a note",
        "ROLLBACK",
        "BEGIN",
        "SET x = 1",
        "CALL p()",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN SELECT 1",
        "DESCRIBE t",
        "SHOW TABLES",
        "VALUES (1)",
        "TABLE t",
        "FROM t",
        "t",
        "1",
        "'SELECT 1'",
        '"SELECT" 1',
        "LOCK TABLE t",
        "()",
        "SELECT 'not closed",
        "SELECT 1 INTO x",
        "SELECT * INTO x FROM t",
        "SELECT * FROM t FOR UPDATE",
        "SELECT * FROM (SELECT * FROM t FOR UPDATE) x",
    ],
    "postgresql": [
        "COPY t TO '/tmp/x'",
        "COPY (SELECT 1) TO PROGRAM 'rm x'",
        "DO $$ BEGIN DELETE FROM t; END $$",
        "VACUUM t",
        "REFRESH MATERIALIZED VIEW v",
        "WITH x AS MATERIALIZED (DELETE FROM t RETURNING *) SELECT * FROM x",
        "WITH x AS (SELECT 1), y AS (UPDATE t SET a = 1 RETURNING a) SELECT * FROM y",
        "WITH RECURSIVE s AS (SELECT 1 AS i) SEARCH DEPTH FIRST BY i SET o DELETE FROM t",
        "SELECT * FROM t FOR NO KEY UPDATE",
        "SELECT * FROM t FOR KEY SHARE SKIP LOCKED",
        "SELECT * INTO TEMP x FROM t",
        "SELECT $$a$$; DELETE FROM t; SELECT $$b$$",
        r"SELECT 'a\'; DELETE FROM t; --'",
        "SELECT 1 /* a /* b */ ; DELETE FROM t -- */",
        "LISTEN x",
        "PREPARE p AS DELETE FROM t",
        "DECLARE c CURSOR FOR SELECT 1",
    ],
    "mysql": [
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 INTO DUMPFILE '/tmp/x'",
        "SELECT 1 INTO @a",
        "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*M! INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*M!100100 INTO OUTFILE '/tmp/x' */",
        "/*!50000 DROP TABLE t */",
        "SELECT 5--1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 /* /* */ INTO OUTFILE '/tmp/x' /* */ */",
        "SELECT * FROM t LOCK IN SHARE MODE",
        "SELECT * FROM t FOR SHARE",
        "REPLACE INTO t VALUES (1)",
        "REPLACE t SELECT 1",
        "HANDLER t OPEN",
        "DO RELEASE_LOCK('x')",
        "LOAD DATA INFILE '/tmp/x' INTO TABLE t",
        "RENAME TABLE t TO u",
        "WITH x AS (SELECT 1) UPDATE t SET a = 1",
        "FLUSH TABLES",
        "KILL 1",
    ],
    "sqlite": [
        "PRAGMA writable_schema = 1",
        "ATTACH DATABASE 'x' AS y",
        "DETACH y",
        "VACUUM INTO 'x'",
        "REINDEX",
        "REPLACE INTO t VALUES (1)",
        "WITH x AS (SELECT 1) INSERT OR REPLACE INTO t SELECT * FROM x",
        "WITH x AS (SELECT 1) DELETE FROM t",
    ],
    "mssql": [
        "EXEC sp_who",
        "SELECT 1 SHUTDOWN",
        "SELECT * FROM t COMMIT",
        "SELECT * FROM t EXEC sp_who",
        "SELECT * FROM t EXEC ('DROP TABLE t')",
        "SELECT 1 AS value execute sp_who",
        "SELECT * INTO #x FROM t",
        "SELECT * FROM t WAITFOR DELAY '1:00'",
        "WITH x AS (SELECT * FROM t) DELETE FROM x",
        "SELECT 1 BEGIN TRAN",
    ],
    "oracle": [
        "BEGIN DELETE FROM t; END;",
        "DECLARE x INT; BEGIN NULL; END;",
        "WITH FUNCTION f RETURN NUMBER IS BEGIN DELETE FROM t; RETURN 1; END; SELECT f FROM dual",
        "SELECT * FROM t FOR UPDATE OF a NOWAIT",
    ],
    "snowflake": ["COPY INTO @s FROM t", "PUT file:///x @s", "SELECT 'it\\'; SELECT 1; --'; DROP TABLE t"],
    "bigquery": ["EXPORT DATA OPTIONS (uri = 'x') AS SELECT 1", "DECLARE x INT64", "LOAD DATA INTO t FROM FILES ()"],
    "clickhousedb": ["SELECT 1 INTO OUTFILE 'x'", "OPTIMIZE TABLE t", "SYSTEM DROP DNS CACHE", "KILL QUERY WHERE 1"],
    "duckdb": ["COPY t TO 'x'", "ATTACH 'x'", "INSTALL x", "EXPORT DATABASE 'x'", "CHECKPOINT"],
    "databricks": ["SELECT TRANSFORM (a) USING 'cat' AS (b) FROM t", "CACHE TABLE t", "FROM t INSERT INTO u SELECT a"],
    "trino": ["CALL system.x()"],
    "redshift": ["UNLOAD ('SELECT 1') TO 's3://x'"],
}  # fmt: skip

honest = [(name, query) for name in DIALECTS for query in (*HONEST[""], *HONEST.get(name, ()))]
refused = [(name, query) for name in DIALECTS for query in (*NOT_A_SELECT[""], *NOT_A_SELECT.get(name, ()))]


@pytest.mark.parametrize("name", DIALECTS)
def test_sqlalchemy_and_sqlglot_call_the_database_differently(name: str) -> None:
    assert dialect_of(name) == DIALECTS[name]


@pytest.mark.parametrize(("name", "query"), honest)
def test_an_honest_select_is_taken_as_it_is_written(name: str, query: str) -> None:
    taken = one_select(query, dialect_of(name))
    assert query.strip().startswith(taken)
    assert query.strip()[len(taken) :].strip("; ") in ("", "-- the end")


@pytest.mark.parametrize(("name", "query"), refused)
def test_what_is_not_one_select_is_refused(name: str, query: str) -> None:
    with pytest.raises(TextError):
        one_select(query, dialect_of(name))


SPACE = st.sampled_from([" ", "\n", "\t", " -- a note\n", " /* a note; */ "])
CASED = st.sampled_from([str.upper, str.lower, str.title])


@given(st.sampled_from(list(DIALECTS)), st.sampled_from(WRITING), CASED, SPACE, st.data())
def test_no_writing_statement_passes_wherever_it_stands(
    name: str, statement: str, cased: object, space: str, data: st.DataObject
) -> None:
    statement = cased(statement)  # type: ignore[operator] # a method of str
    select = data.draw(st.sampled_from(HONEST[""]).filter(lambda query: "-- " not in query)).strip("; ")
    place = data.draw(
        st.sampled_from(
            [
                "{writing}",
                "({writing})",
                "{space}{writing}",
                "{writing};{space}{select}",
                "{select}{space};{space}{writing}",
                "{select};;{writing};",
                "WITH x AS ({writing}){space}{select}",
                "WITH x AS (SELECT 1), y AS ({space}{writing}) SELECT * FROM y",
                "WITH x AS (SELECT 1){space}{writing}",
            ]
        )
    )
    with pytest.raises(TextError):
        one_select(place.format(writing=statement, select=select, space=space), dialect_of(name))


@pytest.mark.parametrize(
    ("query", "says", "column"),
    [
        ("DROP TABLE ev2", "begins with `DROP`; write one SELECT", 0),
        ("SELECT 1; DROP TABLE ev2", "another statement begins here", 10),
        ("SELECT a\nINTO b FROM c", "`INTO` writes what is selected elsewhere", 9),
        ("SELECT 1 FROM a FOR UPDATE", "`FOR UPDATE` locks the rows", 16),
        ("WITH x AS (DELETE FROM t) SELECT 1", "`DELETE` is not a SELECT", 11),
        ("WITH x AS (SELECT 1) DELETE FROM t", "is not only a SELECT", 21),
        ("WITH x AS (SELECT 1) TRUNCATE t", "`TRUNCATE` may write; if it is a name, put it in quotes", 21),
        ("SELECT 1 /*! x */", "a comment that some databases execute", 9),
        ("SELECT 'x", "is a quote or a comment not closed", 0),
        ("", "is empty; write a SELECT", 0),
    ],
)
def test_the_refusal_says_what_and_where(query: str, says: str, column: int) -> None:
    with pytest.raises(TextError, match=says) as refusal:
        one_select(query, "mysql")
    assert refusal.value.column == column


def test_all_that_is_refused_is_told_at_once_each_where_it_stands() -> None:
    tables = {"leads": {"query": "DROP TABLE a"}, "deals": {"query": "SELECT 1"}, "assets": {"query": "VACUUM"}}
    measures = {"m": {"query": "DELETE FROM b", "unit": "count"}}
    with pytest.raises(ValidationError) as refusal:
        options("sql", url="sqlite://", tables=tables, measures=measures)
    places = {error["loc"] for error in refusal.value.errors()}
    assert places == {("tables", "leads", "query"), ("tables", "assets", "query"), ("measures", "m", "query")}
