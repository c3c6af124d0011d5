"""The table of fixed series: name, type, labels, unit and HELP of everything on /metrics but the KPIs' own series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from exporter import conventions as names

SeriesType = Literal["gauge", "counter", "info"]
"""The type as OpenMetrics writes it; the text format of Prometheus writes an info as a gauge."""

KPI = (names.COMPANY, "kpi")
SOURCE = (names.COMPANY, "source")
TABLE = (*SOURCE, "table")


@dataclass(frozen=True)
class FixedSeries:
    """A series that is on /metrics whatever the catalogue defines.

    Attributes:
        name: The name in a query, with `_total` of a counter and `_info` of an info.
        type: Gauge, counter or info.
        labels: The labels that every sample has, in the order in which people read them.
        help: The text of HELP.
        optional: The labels that only some samples have, such as `bound` of a limit with two sides.
        unit: The base unit at the end of the name; empty where there is none, or it is that of each KPI.
    """

    name: str
    type: SeriesType
    labels: tuple[str, ...]
    help: str
    optional: tuple[str, ...] = ()
    unit: str = ""

    @property
    def family(self) -> str:
        """The name of the metric family, which has neither `_total` nor `_info`."""
        return self.name.removesuffix("_total").removesuffix("_info")

    @property
    def within_kpi(self) -> tuple[str, ...]:
        """The labels that distinguish samples of one KPI."""
        return tuple(label for label in (*self.labels, *self.optional) if label not in KPI)


_ROWS = (
    FixedSeries(
        names.INFO,
        "info",
        (*KPI, "title", "area", "unit", "window", "cadence"),
        "One per KPI of the catalogue, known or not; `connected` is false where no source feeds it.",
        optional=("connected",),
    ),
    FixedSeries(
        names.REVENUE_POLICY,
        "info",
        (
            names.COMPANY,
            "version",
            "discounts",
            "churn_at",
            "paused",
            "zero_mrr",
            "credit_lines",
            "dunning_days",
            "reactivation_days",
            "grain",
            "fx",
            "weeks_per_month",
            "days_per_month",
            "tax",
            "trial",
            "usage",
        ),
        "What counts as recurring revenue at the company, where companies differ.",
    ),
    FixedSeries(
        names.VALUE, "gauge", (*KPI, "unit"), "The headline value of each KPI, in its unit: what its own series has."
    ),
    FixedSeries(
        names.LEVELS,
        "info",
        KPI,
        "One per KPI with a target or a threshold: the text of each, with its unit.",
        optional=("target", "warning", "critical"),
    ),
    FixedSeries(names.TERM, "info", (*KPI, "term"), "One per KPI and other KPI that its formula names."),
    FixedSeries(names.INPUT, "info", (*KPI, "source"), "One per KPI and source that is behind it."),
    FixedSeries(
        names.TARGET, "gauge", KPI, "What the company aims for, in the KPI's unit.", optional=("bound", "segment")
    ),
    FixedSeries(
        names.THRESHOLD,
        "gauge",
        (*KPI, "severity"),
        "Where a KPI becomes a warning or critical, in the KPI's unit.",
        optional=("bound", "segment"),
    ),
    FixedSeries(
        names.THRESHOLD_IN_FORCE,
        "gauge",
        (*KPI, "severity"),
        "1 while a threshold of some years, phases or a plan is in force, 0 before and after.",
        optional=("bound", "segment"),
    ),
    FixedSeries(
        names.PLAN,
        "gauge",
        (*KPI, "scenario"),
        "What the plan says the KPI should be now, in the KPI's unit.",
        optional=("segment",),
    ),
    FixedSeries(names.PREVIOUS, "gauge", KPI, "The KPI one period before, in the KPI's unit."),
    FixedSeries(
        names.TO_DATE,
        "gauge",
        KPI,
        "What a KPI of a calendar period is so far in the period that runs, in the KPI's unit.",
    ),
    FixedSeries(
        names.PLAN_TO_DATE,
        "gauge",
        KPI,
        "What the base plan says of the period that runs up to now, in the KPI's unit.",
    ),
    FixedSeries(
        names.PROJECTED,
        "gauge",
        (*KPI, "quantile"),
        "Where a KPI will be when the period that runs ends, by how past periods went on from the same point.",
    ),
    FixedSeries(
        names.EXPECTED_BEYOND,
        "gauge",
        (*KPI, "level"),
        "1 while all of the projection is beyond a threshold, and was two days before, 0 if not.",
    ),
    FixedSeries(
        names.EXPECTED_CROSSING,
        "gauge",
        (*KPI, "severity"),
        "When a KPI of this instant will cross a threshold if its trend goes on.",
        unit="seconds",
    ),
    FixedSeries(names.PERIOD_END, "gauge", KPI, "When the calendar period of a KPI that runs ends.", unit="seconds"),
    FixedSeries(
        names.AT_CLOSE,
        "gauge",
        KPI,
        "What a KPI of this instant was at the close of the last month, in the KPI's unit.",
    ),
    FixedSeries(
        names.ATTAINMENT,
        "gauge",
        KPI,
        "The KPI as a share of what its base plan says it should be now, where that is above 0.",
    ),
    FixedSeries(
        names.ESTIMATED,
        "gauge",
        KPI,
        "1 for a KPI that needs rows which were reconstructed by a rule, since their source has no trace of them.",
    ),
    FixedSeries(
        names.CLASS,
        "gauge",
        (*KPI, "class"),
        "1 for the class that the KPI's value belongs to, 0 for the others; absent when unknown.",
    ),
    FixedSeries(names.BENCHMARK, "gauge", (*KPI, "name"), "What others reach, in the KPI's unit.", optional=("bound",)),
    FixedSeries(
        names.OBJECTIVE,
        "gauge",
        (*KPI, "quarter", "key_result"),
        "What the KPI should reach by the end of a quarter, as a key result, in the KPI's unit.",
    ),
    FixedSeries(
        names.SCENARIO,
        "gauge",
        (*KPI, "scenario"),
        "What the KPI would be in a scenario of the catalogue, in the KPI's unit.",
    ),
    FixedSeries(names.STATUS, "gauge", KPI, "0 OK, 1 warning, 2 critical, by thresholds alone; absent when unknown."),
    FixedSeries(
        names.DISPLAY_STATUS,
        "gauge",
        KPI,
        "0 neither target nor threshold, 1 OK, 2 off target, 3 warning, 4 critical; absent when unknown.",
    ),
    FixedSeries(
        names.DATA_TIMESTAMP, "gauge", KPI, "When the oldest of the data behind the KPI was read.", unit="seconds"
    ),
    FixedSeries(
        names.STALE_AFTER, "gauge", KPI, "Age at which the data behind the KPI is to be called stale.", unit="seconds"
    ),
    FixedSeries(names.UNKNOWN, "gauge", (*KPI, "reason"), "1 for a KPI that has no value, with the reason."),
    FixedSeries(
        names.WITHHELD,
        "gauge",
        (*KPI, "dimension"),
        f"1 for a breakdown that is withheld: it has more than {names.MOST_PARTS:,} labels, or one that is too long.",
    ),
    FixedSeries(
        names.SOURCE_UP,
        "gauge",
        SOURCE,
        "1 if the last poll of the source succeeded, 0 if not; absent until it was tried.",
    ),
    FixedSeries(
        names.SOURCE_LAST_SUCCESS, "gauge", SOURCE, "When the source was last read successfully.", unit="seconds"
    ),
    FixedSeries(
        names.SOURCE_FIRST_RUN,
        "gauge",
        SOURCE,
        "How much of the source's first run is done, which may go on over several polls; 1 once it is over.",
        unit="ratio",
    ),
    FixedSeries(names.SOURCE_LAST_ATTEMPT, "gauge", SOURCE, "When the source was last tried.", unit="seconds"),
    FixedSeries(
        names.SOURCE_REJECTED,
        "gauge",
        TABLE,
        "Rows of the source that were rejected and count nowhere, per record table.",
    ),
    FixedSeries(
        names.SOURCE_REJECTED_REASON,
        "gauge",
        (*TABLE, "reason"),
        "1 for why the first of the rejected rows is bad, without what is in it.",
    ),
    FixedSeries(
        names.SOURCE_HELD_BACK,
        "gauge",
        TABLE,
        "Rows missing from what the source gives, for which the table stays as it was; else 0.",
    ),
    FixedSeries(
        names.AFFECTED,
        "gauge",
        (*TABLE, "kpi"),
        "1 for a KPI that rests on a table that is held back, or of which rows were rejected.",
    ),
    FixedSeries(
        names.SOURCE_ESTIMATED,
        "gauge",
        TABLE,
        "Up to when rows of the table were reconstructed by a rule, since the source has no trace of them.",
        unit="seconds",
    ),
    FixedSeries(
        names.SOURCE_CORRECTIONS,
        "counter",
        SOURCE,
        "What the source showed in full each night otherwise than it had reported, such as subscriptions.",
    ),
    FixedSeries(names.SOURCE_POLLS, "counter", SOURCE, "Polls that were begun."),
    FixedSeries(names.SOURCE_FAILURES, "counter", SOURCE, "Polls that failed."),
    FixedSeries(names.SOURCE_SKIPPED, "counter", SOURCE, "Polls left out because the one before was still running."),
    FixedSeries(names.SOURCE_DURATION, "gauge", SOURCE, "How long the last poll took.", unit="seconds"),
    FixedSeries(
        names.SOURCE_OVERDUE,
        "gauge",
        SOURCE,
        "1 if by its schedule the source should have been read twice since its last success, 0 if not.",
    ),
    FixedSeries(names.BUILD_INFO, "info", ("version", "python"), "The version that runs."),
    FixedSeries(
        names.RELOAD_SUCCESS, "gauge", (), "1 if the configuration in the files is the one in use, 0 if it was refused."
    ),
    FixedSeries(
        names.RELOAD_TIMESTAMP, "gauge", (), "When the configuration was last loaded successfully.", unit="seconds"
    ),
    FixedSeries(
        names.WEB_CONFIG_SUCCESS,
        "gauge",
        (),
        "1 if the web configuration in the file is the one in use, 0 if it was refused; absent without a file.",
    ),
    FixedSeries(
        names.STORE_UP, "gauge", (), "1 if the record store keeps what it is given, 0 while it can keep nothing."
    ),
    FixedSeries(names.STORE_FREE, "gauge", (), "Room that is left on the disk of the record store.", unit="bytes"),
    FixedSeries(names.STORE_SIZE, "gauge", (), "What the record store takes of its disk.", unit="bytes"),
    FixedSeries(
        names.EVALUATION_DURATION,
        "gauge",
        (names.COMPANY,),
        "How long the last evaluation of all KPIs took.",
        unit="seconds",
    ),
    FixedSeries(
        names.MEASURES_COMPUTED,
        "counter",
        (names.COMPANY,),
        "Measures computed for the latest values: of tables that changed, and once a minute of periods that end now.",
    ),
    FixedSeries(
        names.MEASURES_REUSED,
        "counter",
        (names.COMPANY,),
        "Measures of which the latest values needed no more than was known before.",
    ),
    FixedSeries(names.HTTP_CONNECTIONS, "gauge", (), "Connections of clients that are open."),
    FixedSeries(
        names.HTTP_REFUSED,
        "counter",
        ("reason",),
        "Requests that were refused to protect the others, and connections that were closed for that.",
    ),
)

FIXED_SERIES: Mapping[str, FixedSeries] = {series.name: series for series in _ROWS}
"""Every fixed series by its name."""

RESERVED = frozenset(name for series in _ROWS for name in (series.name, series.family))
"""Names that no KPI's series may have: those of fixed series, and of their families."""

OF_THE_PROCESS = ("process_", "python_")
"""How the names of the client library's series about this process begin, which the table leaves to it."""
