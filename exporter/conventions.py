"""Every metric, label, alert and file name, in one place."""

from __future__ import annotations

from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.thresholds import Bound, Condition

JOB = "kpi-exporter"
"""The scrape job's name in Prometheus, on which the rules rely."""

DEFAULT_ADDRESS = "127.0.0.1:9847"

INFO = "kpi_info"
TARGET = "kpi_target"
THRESHOLD = "kpi_threshold"
PLAN = "kpi_plan"
PREVIOUS = "kpi_previous"
STATUS = "kpi_status"
DATA_TIMESTAMP = "kpi_data_timestamp_seconds"
STALE_AFTER = "kpi_data_stale_after_seconds"

SOURCE_UP = "kpi_source_up"
SOURCE_LAST_SUCCESS = "kpi_source_last_success_timestamp_seconds"
SOURCE_LAST_ATTEMPT = "kpi_source_last_attempt_timestamp_seconds"
SOURCE_POLLS = "kpi_source_polls_total"
SOURCE_FAILURES = "kpi_source_failures_total"
SOURCE_SKIPPED = "kpi_source_skipped_polls_total"
SOURCE_DURATION = "kpi_source_poll_duration_seconds"
SOURCE_REJECTED = "kpi_source_rejected_rows"

UNKNOWN = "kpi_exporter_kpi_unknown"
BUILD_INFO = "kpi_exporter_build_info"
RELOAD_SUCCESS = "kpi_exporter_config_last_reload_successful"
RELOAD_TIMESTAMP = "kpi_exporter_config_last_reload_success_timestamp_seconds"
EVALUATION_DURATION = "kpi_exporter_evaluation_duration_seconds"

SEVERITIES = ("warning", "critical")

EXPORTER_DOWN = "KpiExporterDown"
SOURCE_DOWN = "KpiSourceDown"
DATA_STALE = "KpiDataStale"
KPI_UNKNOWN = "KpiUnknown"


def metric(kpi: Kpi, dimension: str | None = None) -> str:
    """`kpi_mrr_eur`, or `kpi_mrr_by_tier_eur` for a breakdown."""
    by = f"_by_{dimension}" if dimension else ""
    return f"kpi_{kpi.id}{by}{kpi.unit.suffix}"


def bound_label(condition: Condition, bound: Bound) -> str:
    """The `bound` label of a level: empty for a one-sided condition, `lower` or `upper` for the sides of a band."""
    if len(condition.bounds) == 1:
        return ""
    levels = [each.level for each in condition.bounds if each.level is not None]
    return "lower" if bound.level == min(levels) else "upper"


def alert(kpi: Kpi, bound: Bound) -> str:
    """`KpiUptimeLow`, `KpiLogoChurnHigh`, `KpiArrBelowPlan`: the KPI and the concern."""
    name = "".join(part.capitalize() for part in kpi.id.split("_"))
    if bound.share is not None:
        return f"Kpi{name}{'AbovePlan' if bound.comparison.upward else 'BelowPlan'}"
    return f"Kpi{name}{'High' if bound.comparison.upward else 'Low'}"


def dashboard_uid(company: str, board: str) -> str:
    """At most 40 characters of letters, digits, hyphen and underscore, as Grafana wants."""
    return f"kpi-{company}-{board}"[:40]


def rules_file(company: str) -> str:
    return f"rules/{company}.rules.yml"


def rule_tests_file(company: str) -> str:
    return f"rules/tests/{company}.test.yml"


def runbook_file(alert_name: str) -> str:
    return f"rules/runbooks/{alert_name}.md"


def runbook_url(company: Company, alert_name: str) -> str:
    return f"{company.links.runbooks}/{alert_name}.md"


def dashboard_file(company: str, board: str) -> str:
    return f"grafana/dashboards/{company}/{board}.json"
