"""Which failures to connect are a refusal of the user, by what the drivers of several databases raise."""

from __future__ import annotations

import pytest
from pymysql.err import OperationalError
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from exporter.sources.sql_errors import is_auth_failure


class DriverError(Exception):
    """An error as drivers raise them, which differ in where the code is."""

    def __init__(self, *args: object, **attributes: object) -> None:
        super().__init__(*args)
        self.__dict__.update(attributes)


class OracleDetails:
    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message

    def __str__(self) -> str:
        return self.message


class Attempt:
    """What psycopg keeps of a connection that was not made."""

    def __init__(self, *, used_password: bool = False, needs_password: bool = False) -> None:
        self.used_password, self.needs_password = used_password, needs_password


REFUSED = {
    "MySQL, in German": OperationalError(1045, "Benutzer 'kpi'@'%' hat keine Zugriffsberechtigung (Passwort: JA)"),
    "MariaDB, the database": OperationalError(1044, "Access denied for user 'kpi'@'%' to database 'shop'"),
    "MariaDB, by socket only": OperationalError(1698, "Access denied for user 'root'@'localhost'"),
    "MySQL, the host": OperationalError(1130, "Host 'a' is not allowed to connect to this MySQL server"),
    "MySQL, blocked": OperationalError(1129, "Host 'a' is blocked because of many connection errors"),
    "MySQL, locked": OperationalError(3118, "Access denied for user. Account is locked."),
    "MySQL's own connector": DriverError("denied", errno=1045, sqlstate="28000"),
    "PostgreSQL, in German": DriverError("Authentifizierung fehlgeschlagen", pgconn=Attempt(used_password=True)),
    "PostgreSQL, no password": DriverError("fe_sendauth", pgconn=Attempt(needs_password=True)),
    "PostgreSQL, by its file": DriverError('no pg_hba.conf entry for host "10.0.0.1"', pgconn=Attempt()),
    "PostgreSQL, no role": DriverError('FATAL: role "kpi" does not exist', pgconn=Attempt()),
    "PostgreSQL, by psycopg2": DriverError('FATAL:  password authentication failed for user "kpi"', pgcode=None),
    "a SQLSTATE": DriverError("no", sqlstate="28P01"),
    "Oracle": DriverError(OracleDetails(1017, "ORA-01017: invalid credential or not authorized; logon denied")),
    "Oracle, locked": DriverError(OracleDetails(28000, "ORA-28000: The account is locked.")),
    "SQL Server by ODBC": DriverError("28000", "[28000] Login failed for user 'kpi'. (18456)"),
    "SQL Server by FreeTDS": DriverError(18456, b"Login failed for user 'kpi'."),
    "Snowflake": DriverError("Incorrect username or password was specified.", errno=250001),
    "ClickHouse": DriverError("Authentication failed: password is incorrect", code=516),
    "Trino": DriverError("error 401: Unauthorized"),
}  # fmt: skip

MAY_PASS = {
    "MySQL, too many": OperationalError(1040, "Too many connections"),
    "MySQL, no server": OperationalError(2003, "Can't connect to MySQL server on 'a' ([Errno 111] Connection refused)"),
    "PostgreSQL, starting": DriverError("FATAL: the database system is starting up", pgconn=Attempt()),
    "PostgreSQL, no server": DriverError("connection failed: Connection refused", pgconn=Attempt()),
    "a SQLSTATE": DriverError("no", sqlstate="08006"),
    "Oracle": DriverError(OracleDetails(12541, "ORA-12541: Cannot connect. No listener at host")),
    "no words": DriverError(),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_told_by_its_code_whatever_the_language(name: str) -> None:
    assert is_auth_failure(DBAPIError(None, None, REFUSED[name]))


@pytest.mark.parametrize("name", MAY_PASS)
def test_what_may_pass_is_no_refusal(name: str) -> None:
    assert not is_auth_failure(DBAPIError(None, None, MAY_PASS[name]))


def test_an_error_that_no_driver_raised_is_no_refusal() -> None:
    assert not is_auth_failure(NoSuchModuleError("none"))
