"""Golden cases: files as a user writes them, and what `/metrics` must say of each month; written down by hand.

A case is a YAML file in cases/. `files` are the source's files, by name. `months` and `instants` say what each KPI of
company.yaml is at the close of a month, or in the month so far at an instant; null is a series that must be absent.
`ledger` is every movement, in order: day, customer, kind, amount, and the reason where it is in question. `wrong` is
what others compute from the same files: the case is only one if the right answer is another. A case may have
`variants`, which replace parts of it, such as the policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import yaml

from exporter.catalogue.model import Company
from exporter.revenue.materialization import refresh
from exporter.revenue.relations import create
from tests.support.world import World

HERE = Path(__file__).parent
MONTH = "2024-01"
TO_DATE = "_to_date"
READ = datetime(2026, 1, 1, tzinfo=UTC)
"""When every file is read: after all that happens in them."""
_WORD = re.compile(r"[a-z_]+")
_PART = re.compile(r"(?P<kpi>\w+)(?:\[(?P<part>[^]]+)\])?")

Values = Mapping[str, float | None]


@dataclass(frozen=True)
class Case:
    """One set of files under one policy, and what is right and wrong of it."""

    name: str
    title: str
    files: Mapping[str, str]
    policy: Mapping[str, object] = field(default_factory=dict)
    currency: str = "USD"
    timezone: str = "UTC"
    months: Mapping[str, Values] = field(default_factory=dict)
    instants: Mapping[str, Values] = field(default_factory=dict)
    ledger: str | None = None
    wrong: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)

    def each_month(self) -> Iterator[tuple[str, Values]]:
        """Yield every month of the case; `2024-02..2025-01` are twelve."""
        for key, values in self.months.items():
            first, _, last = key.partition("..")
            for month in _months(first, last or first):
                yield month, values

    def close(self, month: str) -> datetime:
        """Return the first instant after the month."""
        year, number = map(int, month.split("-"))
        return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(self.timezone))

    def moment(self, when: str) -> datetime:
        """Return the close of a month, or an instant."""
        if len(when) == len(MONTH):
            return self.close(when)
        return datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(self.timezone))

    @property
    def stated(self) -> Mapping[str, Values]:
        """The values that the case states, by month and instant."""
        return {**dict(self.each_month()), **self.instants}

    def agrees(self, movements: Sequence[str]) -> bool:
        """Return whether the ledger's movements are those of the case, with the reason where the case has one."""
        stated = (self.ledger or "").splitlines()
        return len(stated) == len(movements) and all(
            f"{movement} ".startswith(f"{line} ") for line, movement in zip(stated, movements, strict=True)
        )


@cache
def cases() -> Sequence[Case]:
    """Return every case and variant, in the order of their files."""
    return tuple(case for path in sorted((HERE / "cases").glob("*.yaml")) for case in _read(path))


def find(name: str) -> Case:
    return next(case for case in cases() if case.name == name)


def _read(path: Path) -> Iterator[Case]:
    document = yaml.load(path.read_text("utf-8"), _AsWritten)
    variants = document.pop("variants", {})
    if not variants:
        yield Case(path.stem, **document)
    for name, changes in variants.items():
        yield Case(f"{path.stem} {name}", **{**document, **changes})


class _AsWritten(yaml.CSafeLoader):
    """Keeps `2024-01` and `2024-01-15` as text."""


_AsWritten.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _months(first: str, last: str) -> Iterator[str]:
    (year, month), until = map(int, first.split("-")), last
    while (text := f"{year}-{month:02}") <= until:
        yield text
        year, month = year + month // 12, month % 12 + 1


class Played:
    """A case's files in a folder, read by an exporter; what it publishes."""

    def __init__(self, folder: Path, case: Case) -> None:
        self.case = case
        for file, text in case.files.items():
            (folder / file).write_text(text, "utf-8")
        tables = {file.partition(".")[0]: {"path": file} for file in case.files}
        overlay = {
            "extends": str(_company(folder, case)),
            "company": "acme",
            "title": "Acme",
            "timezone": case.timezone,
            "revenue_policy": dict(case.policy),
            "sources": {"books": {"type": "files", "tables": tables}},
        }
        self.world = World(folder, {}, catalogue=overlay).poll(READ)

    @property
    def company(self) -> Company:
        return self.world.company

    @cached_property
    def published(self) -> Mapping[str, Values]:
        """What `/metrics` says of the case's KPIs, by month and instant; None where it says nothing."""
        series = self.world.kpi_series({self.case.moment(when) for when in self.case.stated})
        return {
            when: {kpi: series[self.case.moment(when)].get(self._series(kpi, _suffix(when))) for kpi in values}
            for when, values in self.case.stated.items()
        }

    def _series(self, text: str, suffix: str) -> str:
        """Return the series of a KPI, or of a part of it written `mrr[starter]`."""
        match = _PART.fullmatch(text)
        assert match, text
        kpi = self.company.kpis[match["kpi"] + suffix]
        if not match["part"]:
            return f'{kpi.metric()}{{company="acme"}}'
        (dimension,) = kpi.by
        return f'{kpi.metric(dimension)}{{company="acme",{dimension}="{match["part"]}"}}'

    @cached_property
    def rejected(self) -> int:
        """Rows of the files that were set aside."""
        return len(self.world.store.polls.rejected("acme"))

    def ledger(self) -> list[str]:
        """Return every movement as a case writes it, with its reason."""
        account = self.company.ledger
        refresh(self.world.store, account)
        with self.world.store.reading("acme", self.case.timezone) as cursor:
            create(cursor, account)
            rows = cursor.execute(
                "SELECT business_date, customer_id, kind, delta, reason FROM movements "
                "WHERE kind IS NOT NULL ORDER BY business_date, customer_id, effective_at, currency"
            ).fetchall()
        return [f"{day} {customer} {kind} {_plain(delta)} {reason}" for day, customer, kind, delta, reason in rows]


class Play(Protocol):
    def __call__(self, case: Case) -> Played: ...


def _company(folder: Path, case: Case) -> Path:
    """Write company.yaml in the case's currency, with the KPIs of the case and those that they read."""
    document = yaml.load((HERE / "company.yaml").read_text("utf-8").replace("USD", case.currency), yaml.CSafeLoader)
    every, wanted = document["kpis"], {kpi.partition("[")[0] for values in case.stated.values() for kpi in values}
    while (
        more := {name for kpi in wanted for name in _WORD.findall(every[kpi].get("formula", ""))}
        & every.keys() - wanted
    ):
        wanted |= more
    document["kpis"] = {kpi: {"window": "month", **_named(kpi), **every[kpi]} for kpi in sorted(wanted)}
    for kpi in {kpi for values in case.instants.values() for kpi in values}:
        document["kpis"][kpi + TO_DATE] = {**document["kpis"][kpi], "formula": kpi, "window": "month_to_date"}
    path = folder / "all.yaml"
    path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper), "utf-8")
    return path


def _suffix(when: str) -> str:
    """Return the ending of KPI names: those of the month so far have one."""
    return "" if len(when) == len(MONTH) else TO_DATE


def _named(kpi: str) -> Mapping[str, str]:
    return {"title": kpi.replace("_", " "), "area": "revenue", "definition": f"As docs/revenue.md has {kpi}."}


def _plain(amount: Decimal) -> str:
    """Return an amount without zeros at its end, to a hundredth of a cent."""
    return f"{amount.quantize(Decimal('0.0001')).normalize():f}"
