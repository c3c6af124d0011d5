"""Sets up drivers so that no value fails a query: one for which Python has no type comes as the database writes it.

Bytes that are not UTF-8, in databases that check no text, come as Python's `surrogateescape` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import Buffer, Loader

_WIDER = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")
"""PostgreSQL's types with values that Python's types lack: infinity, years before Christ and beyond 9999, 24:00."""

_TEXTS = ("text", "varchar", "bpchar", "name")


def adapt(connection: Connection) -> None:
    """Set up an open connection."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.driver == "pysqlite":
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    elif connection.dialect.driver == "psycopg":
        _adapt_psycopg(driver)


def pymysql_conversions() -> Mapping[Any, Any]:
    """Return the readers of values that PyMySQL uses instead of its own.

    A TIMESTAMP is an instant, in a session whose time zone is UTC; BIT is a number; a TIME may be longer than a day.
    """
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions, convert_datetime

    def instant(text: str) -> object:
        value: object = convert_datetime(text)
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value

    bit = partial(int.from_bytes, byteorder="big")
    return {**conversions, FIELD_TYPE.TIMESTAMP: instant, FIELD_TYPE.BIT: bit, FIELD_TYPE.TIME: str}


def _adapt_psycopg(connection: psycopg.Connection[Any]) -> None:
    from psycopg.pq import Format
    from psycopg.types.json import set_json_loads

    adapters = connection.adapters
    for name in _WIDER:
        if loader := adapters.get_loader(adapters.types[name].oid, Format.TEXT):
            adapters.register_loader(name, _or_text(loader))
    set_json_loads(partial(json.loads, parse_float=Decimal), connection)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.execute("SET client_encoding TO 'SQL_ASCII'")  # else the server fails a query for one bad text
        connection.commit()
        for name in _TEXTS:
            adapters.register_loader(name, _text())


def _or_text(loader: type[Loader]) -> type[Loader]:
    """Return a loader that gives PostgreSQL's own text where another cannot read a value."""
    import psycopg

    class OrText(psycopg.adapt.Loader):
        def __init__(self, oid: int, context: psycopg.abc.AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._load = loader(oid, context).load

        def load(self, data: Buffer) -> object:
            try:
                return self._load(data)
            except (psycopg.DataError, ValueError, OverflowError):
                return bytes(data).decode()

    return OrText


def _text() -> type[Loader]:
    import psycopg

    class Text(psycopg.adapt.Loader):
        def load(self, data: Buffer) -> object:
            return bytes(data).decode(errors="surrogateescape")

    return Text
