"""Recognizes the errors of databases that refuse a user: another attempt would fail too, and could lock the account."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_CODES = frozenset(
    (
        *(1044, 1045, 1129, 1130, 1251, 1698, 1862, 3118, 4151),  # MySQL and MariaDB
        *(1005, 1017, 1045, 28000, 28001, 28002, 28009),  # Oracle
        *(18452, 18456, 18470, 18486, 18487, 18488),  # SQL Server
        *(250001, 390100, 390144),  # Snowflake
        *(192, 193, 194, 516),  # ClickHouse
    )
)
"""The servers' codes for a user, password or host that they do not let in."""

_WORDS = re.compile(
    r"authentication fail|access denied|login failed|logon denied|account is locked|pg_hba\.conf|unauthorized|"
    r"(invalid|incorrect|wrong) (user|password|credential)|role \S+ does not exist|password has expired",
    re.IGNORECASE,
)


def driver_message(error: SQLAlchemyError) -> str:
    """Return the driver's own message, without the statement that SQLAlchemy adds."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def is_auth_failure(error: SQLAlchemyError) -> bool:
    """Tell whether a server refused the user: by the error's code, and where the driver gives none by the message.

    A message may be in the server's language. libpq gives no code before there is a session, but reports whether the
    server asked for a password.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    attempt = getattr(cause, "pgconn", None)
    if getattr(attempt, "used_password", False) or getattr(attempt, "needs_password", False):
        return True
    codes = set(_codes(cause))
    state = any(isinstance(code, str) and re.fullmatch(r"28\w{3}", code) for code in codes)
    return state or bool(codes & _CODES) or bool(_WORDS.search(driver_message(error)))


def _codes(cause: BaseException | None) -> Iterator[object]:
    """Yield the numbers and SQLSTATEs of an error, wherever its driver puts them."""
    first = cause.args[0] if cause and cause.args else None
    for name in ("sqlstate", "pgcode", "errno", "code"):
        yield getattr(cause, name, None)
        yield getattr(first, name, None)
    if isinstance(first, int | str):
        yield first
