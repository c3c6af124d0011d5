"""The format of a catalogue file: the keys it may have and what each is for. The JSON Schema comes from here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from exporter.catalogue.language.plans import PlanName, Shape
from exporter.catalogue.schema import alerting
from exporter.catalogue.schema.alerting import AlertingDocument, Channels, Team
from exporter.catalogue.schema.history import RetentionPolicy
from exporter.measures.model import Nature
from exporter.revenue.policy import RevenuePolicy
from exporter.strict_model import StrictModel

_WORD = r"^[a-z][a-z0-9_]*$"
COMPANY_NAME = r"^[a-z][a-z0-9-]*$"
_SOURCE = r"^[a-z][a-z0-9_-]*$"
_CURRENCY = r"^[A-Z]{3}$"
_PHASE = r"^M(0|\+\d{1,4})$"
_ADDRESS = r"^https?://"
_PER = r"^(month|year)$"
_QUARTER = r"^\d{4}-Q[1-4]$"

PATTERNS: Mapping[str, str] = {
    _WORD: "should be lower-case letters, digits and _, with a letter first",
    COMPANY_NAME: "should be lower-case letters, digits and -, with a letter first",
    _SOURCE: "should be lower-case letters, digits, _ and -, with a letter first",
    _CURRENCY: "should be an ISO 4217 currency code, such as EUR",
    _PHASE: "should be M0 for the launch, or a number of months after it, such as M+6",
    _ADDRESS: "should be an address that begins with https:// or http://",
    _PER: "should be month or year",
    _QUARTER: "should be a quarter, such as 2026-Q1",
    **alerting.PATTERNS,
}
"""Each pattern of the format in words."""


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _in_our_time(day: date) -> date:
    if not 1900 <= day.year < 3000:
        raise ValueError("should be from 1900 to 2999")
    return day


Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int | float)]
"""Text in which a bare number is welcome: `target: 50`."""


class Notify(StrEnum):
    """Who is told: a person now, a ticket in business hours, or a periodic digest."""

    PAGE = "page"
    TICKET = "ticket"
    DIGEST = "digest"


class Early(StrEnum):
    """Who is told when a KPI is expected to cross a threshold by the end of its period: nobody, a digest, a ticket."""

    OFF = "off"
    DIGEST = "digest"
    TICKET = "ticket"


class Cadence(StrEnum):
    """How often people review the KPI."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Direction(StrEnum):
    """Which way a KPI should move; a bare target is a floor where it is `higher`, a ceiling where it is `lower`."""

    HIGHER = "higher"
    LOWER = "lower"


class ObjectiveDocument(StrictModel):
    """A key result that a company has set itself for a quarter."""

    quarter: Annotated[str, Field(pattern=_QUARTER)]
    """the quarter of the calendar at whose end it counts, such as 2026-Q1"""
    objective: str
    """what it is to show"""
    key_result: str
    """its name, such as KR1; the `key_result` label"""
    target: Text
    """an amount or limit"""


class KpiDocument(StrictModel):
    """One KPI."""

    title: str
    """what people call it"""
    short: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    """what to call it where there is little room, such as on a wall; the title if not given"""
    area: Annotated[str, Field(pattern=_WORD)]
    """the part of the company it belongs to; boards and rules are grouped by it"""
    definition: str
    """what it counts, in a sentence that a newcomer understands"""
    unit: str
    """money, money/month, EUR, ratio, ratio n:1, count, duration, months, per month, score 1..5, ..."""
    per: Annotated[str, Field(pattern=_PER)] | None = None
    """for money by convention written without it: an MRR in EUR is per month"""
    window: str
    """the stretch of time it speaks about"""
    formula: str | None = None
    """arithmetic over measures and KPIs; the measure of the same name if not given"""
    by: tuple[str, ...] = ()
    """breakdowns to publish beside the headline"""
    segments: str | None = None
    """the breakdown whose labels targets and thresholds name: `< 12 (SMB), < 18 (enterprise)`"""
    undefined_when: dict[str, str] = Field(default={})
    """comparisons under which the KPI has no value, each with the reason: `net_burn <= 0: ...`"""
    better: Direction = Direction.HIGHER
    """what a bare target is: at least that amount where higher is better, at most where lower is"""
    target: Text | None = None
    """what is aimed for"""
    warning: Text | None = None
    """when the target is missed"""
    critical: Text | None = None
    """the red flag"""
    accumulates: bool = False
    """true where the value can only grow within its period: then its alerts fire as soon as the part is beyond"""
    early: Early = Early.DIGEST
    """who is told when the whole projection of the period is beyond a threshold: `off`, `digest` or `ticket`"""
    hold: str | None = None
    """how long the value must have stayed beyond a threshold before an alert fires: `30m`"""
    classes: dict[Annotated[str, Field(pattern=_WORD)], Text] = Field(default={})
    """names for stretches of its values: `{unhealthy: "< 1", marginal: "1 to 2"}`"""
    benchmark: dict[str, Text] | Text | None = None
    """what others reach: `15% to 25%`, or by name"""
    objectives: tuple[ObjectiveDocument, ...] = ()
    """key results of a quarter"""
    plan: dict[PlanName, Text] | Text | None = None
    """what it should be by when; `per phase` when the points are rows of the table `plans`"""
    plan_by: dict[str, dict[str, Text]] = Field(default={})
    """plans of the labels of one breakdown: `{channel: {organic: M+3 60%}}`"""
    plan_shape: Shape | None = None
    """how the plan runs between its points"""
    action: str | None = None
    """what to do when a threshold is crossed"""
    note: str | None = None
    """what the reader should know, such as what a document leaves unsaid"""
    owner: str | None = None
    """the team that answers for it"""
    notify: Notify = Notify.TICKET
    """who is told when a threshold is crossed"""
    cadence: Cadence = Cadence.MONTHLY
    """how often it is reviewed"""
    measured_from: str | None = None
    """the kind of system the numbers come from"""


class MeasureDocument(StrictModel):
    """A measure of this company's own, in SQL over the record tables."""

    doc: str
    """what it counts"""
    unit: str
    """as for a KPI; `money` is the company's currency"""
    nature: Nature | None = None
    """stock, an amount at the period's end; flow, what adds up over it; whole, any other; by its SQL if not given"""
    by: tuple[str, ...] = ()
    """labels of its breakdowns"""
    sql: str
    """a SELECT of period, the labels and value, over `period(period, starts, ends)` and the record tables"""


class LinksDocument(StrictModel):
    """Where people find what alerts point to; absolute addresses."""

    runbooks: Annotated[str, Field(pattern=_ADDRESS)]
    """the folder of the runbook pages"""
    dashboards: Annotated[str, Field(pattern=_ADDRESS)]
    """the root of Grafana"""


class CompanyDocument(StrictModel):
    """A company's catalogue."""

    extends: str | None = None
    """a catalogue that ships, by name, or another file; what is said here replaces what it says"""
    company: Annotated[str, Field(pattern=COMPANY_NAME)]
    """the `company` label"""
    title: str
    """the company's name"""
    currency: Annotated[str, Field(pattern=_CURRENCY)]
    """ISO 4217 code of the reporting currency"""
    timezone: str
    """IANA zone in which days and months begin"""
    launch: Annotated[date, AfterValidator(_in_our_time)] | None = None
    """the first day of year 1, from which plans by month and year count"""
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    """the month in which the fiscal year begins"""
    phases: dict[Annotated[int, Field(le=999)], Annotated[str, Field(pattern=_PHASE)]] = Field(default={})
    """when each phase of the plans begins: M0 or M+6"""
    links: LinksDocument
    """runbooks and dashboards"""
    people: dict[Team, Channels | None] = Field(default={})
    """how each owner of KPIs is told of their alerts, by its name; `null` removes an inherited one"""
    alerting: AlertingDocument = AlertingDocument()
    """when they are told"""
    revenue_policy: RevenuePolicy = RevenuePolicy()
    """what counts as recurring revenue, where companies differ"""
    history: RetentionPolicy = RetentionPolicy()
    """how long values of KPIs are kept, and how closely"""
    measures: dict[Annotated[str, Field(pattern=_WORD)], MeasureDocument] = Field(default={})
    """measures beside those that ship"""
    kpis: dict[Annotated[str, Field(pattern=_WORD)], KpiDocument | None]
    """the KPIs by id; `null` removes an inherited one"""
    scenarios: dict[Annotated[str, Field(pattern=_WORD)], dict[str, Text] | None] = Field(default={})
    """what-if cases by name, each a change per input: `{churn: +200bp}`; `null` removes an inherited one"""
    sources: dict[Annotated[str, Field(pattern=_SOURCE)], dict[str, Any]] = Field(default={})
    """where the records and direct measures come from"""
