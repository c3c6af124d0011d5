"""Checks that a text is one SELECT and nothing else, when the catalogue loads and before a database sees it.

sqlglot splits the text into words by the rules of the database and parses them. A SELECT that a vendor wrote in a way
that sqlglot cannot parse is still taken, if no word in it begins a statement that writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Protocol, TypeVar

import sqlglot
from pydantic import ValidationError
from pydantic_core import InitErrorDetails
from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from exporter.mistakes import TextError

_DIALECTS: Mapping[str, str] = {
    "awsathena": "athena",
    "clickhousedb": "clickhouse",
    "cockroachdb": "postgres",
    "exa": "exasol",
    "impala": "hive",
    "mariadb": "mysql",
    "mssql": "tsql",
    "postgresql": "postgres",
    "singlestoredb": "singlestore",
    "sparksql": "spark",
    "sybase": "tsql",
    "teradatasql": "teradata",
}
"""sqlglot's name of the SQL of a database, where SQLAlchemy has another name for it."""

COMMON = ("postgres", "mysql", "sqlite", "tsql", "oracle", "snowflake", "bigquery", "clickhouse", "spark")
"""The dialects that a query may be in where the URL of its database is not set."""

_UNSEPARATED = ("tsql", "fabric")
"""The dialects in which the next statement may follow without a semicolon."""

_RESERVED = (
    "ALTER|BACKUP|BEGIN|BULK|CHECKPOINT|CLOSE|COMMIT|CREATE|DBCC|DEALLOCATE|DECLARE|DELETE|DENY|DROP|DUMP|EXEC|EXECUTE|"
    "GRANT|INSERT|KILL|LOAD|MERGE|OPEN|PRINT|RAISERROR|READTEXT|RECONFIGURE|RESTORE|REVERT|REVOKE|ROLLBACK|SAVE|SET|"
    "SETUSER|SHUTDOWN|TRUNCATE|UPDATE|UPDATETEXT|USE|WAITFOR|WRITETEXT"
)
"""Words that T-SQL reserves for the beginning of a statement, except in hints; sqlglot takes them for names."""

_NEXT_STATEMENT = re.compile(rf"(?!MERGE (JOIN|UNION)|USE (HINT|PLAN))({_RESERVED})\b.*")
_STATEMENT = re.compile(rf"{_RESERVED}|ANALYZE|ATTACH|CALL|COPY|DO|REPLACE|VACUUM")
_WRITES = ("DELETE", "INSERT", "MERGE", "UPDATE")
_LOCKS = re.compile(r"FOR( NO KEY| KEY)? (UPDATE|SHARE)|LOCK IN SHARE MODE")
_BETWEEN = re.compile(r"\s+|(--|//|#)[^\n]*|/\*(?!!|M!)((?!/\*|\*/).)*(\*/|\Z)", re.DOTALL)
"""What may stand between two words: spaces and comments. MySQL and MariaDB execute `/*! ... */`, and a comment within a
comment ends here for one database and there for another."""


def dialect_of(backend: str) -> str:
    """Return sqlglot's name of the SQL of a database by SQLAlchemy's; `""` for one that sqlglot does not know."""
    name = _DIALECTS.get(backend, backend)
    return name if Dialect.get(name) else ""


def one_select(text: str, dialect: str) -> str:
    """Return a statement without its closing semicolon.

    Raises:
        TextError: If it is not one SELECT; it names the word that shows so.
    """
    text = text.strip()
    words = _words(text, dialect)
    statement = list(takewhile(lambda word: word.token_type is not TokenType.SEMICOLON, words))
    first = next((word for word in statement if word.token_type is not TokenType.L_PAREN), None)
    if first is None:
        raise TextError("is empty; write a SELECT")
    if _capitals(first, text) not in ("SELECT", "WITH"):
        word_shown = _capitals(first, text).split()[0][:30]
        raise TextError(f"begins with `{word_shown}`; write one SELECT, for a source only reads", first.start)
    for word in words[len(statement) :]:
        if word.token_type is not TokenType.SEMICOLON:
            raise TextError("another statement begins here; write one SELECT", word.start)
    _check_between(text, words)
    _check_words(text, statement, dialect)
    if len(statement) < len(words):
        text = text[: statement[-1].end + 1]
    _check_meaning(text, statement, dialect)
    return text


def first_dialect(dialects: Sequence[str], check: Callable[[str, str], str]) -> Callable[[str], str]:
    """Return a check that passes a text if `check` passes it in one of the dialects, tried in order."""

    def check_in_turn(text: str) -> str:
        refusals = []
        for dialect in dialects:
            try:
                return check(text, dialect)
            except ValueError as refusal:
                refusals.append(refusal)
        raise refusals[0]

    return check_in_turn


class _Queried(Protocol):
    @property
    def query(self) -> str: ...

    def model_copy(self, *, update: Mapping[str, object]) -> _Queried: ...


_Any = TypeVar("_Any", bound=_Queried)


def selected_names(query: str, dialect: str) -> Sequence[str] | None:
    """Return the names of the columns that a SELECT gives, as it writes them; None where only the database can tell."""
    try:
        tree = sqlglot.parse_one(query, dialect=dialect or None)
    except (SqlglotError, RecursionError):
        return None
    names = tree.named_selects if isinstance(tree, exp.Query) else []
    if not names or "" in names or tree.is_star:
        return None
    return names


def check_queries(queried: Mapping[str, _Any], check: Callable[[str], str]) -> Mapping[str, _Any]:
    """Return the tables or measures with each `query` as `check` returns it.

    Raises:
        ValidationError: With every query that `check` refuses, each at its place.
    """
    valid: dict[str, _Any] = {}
    mistakes: list[InitErrorDetails] = []
    for name, item in queried.items():
        try:
            valid[name] = item.model_copy(update={"query": check(item.query)})  # type: ignore[assignment] # of its own type
        except ValueError as error:
            place = (name, "query")
            mistakes.append(InitErrorDetails(type="value_error", loc=place, input=item.query, ctx={"error": error}))
    if mistakes:
        raise ValidationError.from_exception_data("query", mistakes, hide_input=True)
    return valid


def _words(text: str, dialect: str) -> Sequence[Token]:
    """Split a text into words, signs and quoted texts, without spaces and comments."""
    try:
        return Dialect.get_or_raise(dialect).tokenize(text)
    except SqlglotError:
        raise TextError("cannot be read: is a quote or a comment not closed?") from None


def _capitals(word: Token, text: str) -> str:
    """Return a word in capitals, with its quotes if it has any."""
    return text[word.start : word.end + 1].upper()


def _check_between(text: str, words: Sequence[Token]) -> None:
    """Refuse comments that a database may read as a part of the statement."""
    end = 0
    for start, following in [*((word.start, word.end + 1) for word in words), (len(text), len(text))]:
        while end < start:
            gap = _BETWEEN.match(text, end, start)
            if gap is None:
                raise TextError("has a comment that some databases execute; write it behind --, or leave it out", end)
            end = gap.end()
        end = following


def _check_words(text: str, statement: Sequence[Token], dialect: str) -> None:
    """Refuse words by which a SELECT writes, locks rows, or ends without a semicolon."""
    plain = ["", "", *(_capitals(word, text) for word in statement)]
    for at, word in enumerate(statement):
        above, before, here = plain[at : at + 3]
        ahead = " ".join(plain[at + 2 : at + 6])
        name = text[word.start : word.end + 1]
        if here == "INTO":
            raise TextError("`INTO` writes what is selected elsewhere; a source only reads", word.start)
        if before == "(" and above in ("AS", "MATERIALIZED") and _STATEMENT.fullmatch(here):
            raise TextError(f"`{name}` is not a SELECT; a source only reads", word.start)
        if locks := _LOCKS.match(ahead):
            raise TextError(f"`{locks[0]}` locks the rows that it reads; leave it out", word.start)
        if dialect in _UNSEPARATED and _NEXT_STATEMENT.fullmatch(ahead):
            raise TextError(f"`{name}` begins another statement; if it is a name, write [{name}]", word.start)
        if not dialect and "\\'" in here:
            raise TextError("has \\' in a text, which may or may not end it; write '' for a quote", word.start)


def _check_meaning(text: str, statement: Sequence[Token], dialect: str) -> None:
    """Refuse a statement that is more than a query, or that cannot be parsed and has a word that may begin another."""
    try:
        (tree,) = Dialect.get_or_raise(dialect).parse(text)
    except (SqlglotError, RecursionError, ValueError):
        if word := _may_write(text, statement):
            name = text[word.start : word.end + 1]
            raise TextError(f"`{name}` may write; if it is a name, put it in quotes", word.start) from None
        return
    if not isinstance(tree, exp.Query) or any(_more_than_a_query(part) for part in tree.walk()):
        word = _may_write(text, statement)
        raise TextError("is not only a SELECT; a source only reads", word.start if word else 0)


def _more_than_a_query(part: exp.Expr) -> bool:
    if isinstance(part, exp.CTE):
        return not isinstance(part.this, exp.Query | exp.Values | exp.Condition)
    return isinstance(part, exp.DML | exp.DDL | exp.Command | exp.QueryTransform)


def _may_write(text: str, statement: Sequence[Token]) -> Token | None:
    """Return the first word that may begin a statement behind a WITH; None if there is none."""
    plain = ["", *(_capitals(word, text) for word in statement), ""]
    for at, word in enumerate(statement):
        before, here, following = plain[at : at + 3]
        writes = here in _WRITES and before not in (".", "AS")
        if following != "(" and (writes or (before == ")" and _STATEMENT.fullmatch(here))):
            return word
    return None
