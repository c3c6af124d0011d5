"""Every metric, label, alert and file name, in one place."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping

JOB = "kpi-exporter"
"""The scrape job's name in Prometheus, on which the rules rely."""

DEFAULT_ADDRESS = "127.0.0.1:9847"

INFO = "kpi_info"
VALUE = "kpi_value"
TARGET = "kpi_target"
THRESHOLD = "kpi_threshold"
THRESHOLD_IN_FORCE = "kpi_threshold_in_force"
PLAN = "kpi_plan"
PREVIOUS = "kpi_previous"
TO_DATE = "kpi_to_date"
PLAN_TO_DATE = "kpi_plan_to_date"
AT_CLOSE = "kpi_at_close"
PERIOD_END = "kpi_period_end_timestamp_seconds"
PROJECTED = "kpi_projected"
EXPECTED_BEYOND = "kpi_expected_beyond"
EXPECTED_CROSSING = "kpi_expected_crossing_timestamp_seconds"
ATTAINMENT = "kpi_attainment"
CLASS = "kpi_class"
BENCHMARK = "kpi_benchmark"
OBJECTIVE = "kpi_objective"
SCENARIO = "kpi_scenario"
STATUS = "kpi_status"
DISPLAY_STATUS = "kpi_display_status"
LEVELS = "kpi_levels_info"
DATA_TIMESTAMP = "kpi_data_timestamp_seconds"
STALE_AFTER = "kpi_data_stale_after_seconds"
REVENUE_POLICY = "kpi_revenue_policy_info"

SOURCE_UP = "kpi_source_up"
SOURCE_FIRST_RUN = "kpi_source_first_run_ratio"
SOURCE_LAST_SUCCESS = "kpi_source_last_success_timestamp_seconds"
SOURCE_LAST_ATTEMPT = "kpi_source_last_attempt_timestamp_seconds"
SOURCE_POLLS = "kpi_source_polls_total"
SOURCE_FAILURES = "kpi_source_failures_total"
SOURCE_SKIPPED = "kpi_source_skipped_polls_total"
SOURCE_DURATION = "kpi_source_poll_duration_seconds"
SOURCE_REJECTED = "kpi_source_rejected_rows"
SOURCE_OVERDUE = "kpi_source_overdue"
SOURCE_CORRECTIONS = "kpi_source_corrections_total"
SOURCE_ESTIMATED = "kpi_source_estimated_before_timestamp_seconds"
ESTIMATED = "kpi_estimated"
SOURCE_REJECTED_REASON = "kpi_source_rejected_reason"
SOURCE_HELD_BACK = "kpi_source_held_back"
AFFECTED = "kpi_affected"
INPUT = "kpi_input_info"
TERM = "kpi_term_info"

UNKNOWN = "kpi_exporter_kpi_unknown"
WITHHELD = "kpi_exporter_breakdown_withheld"
BUILD_INFO = "kpi_exporter_build_info"
RELOAD_SUCCESS = "kpi_exporter_config_last_reload_successful"
STORE_UP = "kpi_exporter_store_up"
STORE_FREE = "kpi_exporter_store_free_bytes"
STORE_SIZE = "kpi_exporter_store_size_bytes"
RELOAD_TIMESTAMP = "kpi_exporter_config_last_reload_success_timestamp_seconds"
WEB_CONFIG_SUCCESS = "kpi_exporter_web_config_last_reload_successful"
EVALUATION_DURATION = "kpi_exporter_evaluation_duration_seconds"
MEASURES_COMPUTED = "kpi_exporter_measures_computed_total"
MEASURES_REUSED = "kpi_exporter_measures_reused_total"
HTTP_CONNECTIONS = "kpi_exporter_http_connections"
HTTP_REFUSED = "kpi_exporter_http_refused_total"

MOST_PARTS = 10_000
"""Parts of one breakdown on /metrics: more are a customer's number, not a label, and too many series for Prometheus."""

MOST_PARTS_COMPUTED = 50_000
"""Parts of one breakdown that are computed at all, and so are on its page and in its CSV."""

LONGEST_LABEL = 1000
"""Characters of a label; a longer text was not meant to be one."""

RECORDED_ATTAINMENT = "company_kpi:kpi_attainment:ratio"
RECORDED_CHANGE = "company_kpi:kpi_change:ratio"
RECORDED_BREACHING = "company_area_severity:kpi_breaching:count"

RULES = "kpi"
"""What the names of all groups of rules begin with."""

EXPORTER = "exporter"
"""Stands in file names for what concerns every company."""

COMPANY = "company"
"""The label that every series has."""

SEVERITIES = ("warning", "critical")

EXPORTER_DOWN = "KpiExporterDown"
SOURCE_DOWN = "KpiSourceDown"
SOURCE_OVERDUE_ALERT = "KpiSourceOverdue"
SOURCE_HELD_BACK_ALERT = "KpiSourceHeldBack"
ROWS_REJECTED = "KpiSourceRowsRejected"
KPI_UNKNOWN = "KpiUnknown"
SERIES_ABSENT = "KpiSeriesAbsent"
EXPECTED_DIGEST_ALERT = "KpiExpectedBeyond"
EXPECTED_TICKET_ALERT = "KpiExpectedBeyondTicket"
PLAN_MISSING = "KpiPlanMissing"
THRESHOLD_MISSING = "KpiThresholdMissing"
REPLICA_DOWN = "KpiExporterReplicaDown"
RELOAD_FAILED = "KpiReloadFailed"
STORE_DOWN = "KpiStoreDown"
STORE_SPACE_LOW = "KpiStoreSpaceLow"
WATCHDOG = "KpiWatchdog"

DATA_ALERTS = (
    SOURCE_DOWN,
    SOURCE_OVERDUE_ALERT,
    SOURCE_HELD_BACK_ALERT,
    ROWS_REJECTED,
    KPI_UNKNOWN,
    SERIES_ABSENT,
    PLAN_MISSING,
    THRESHOLD_MISSING,
)
"""What may be wrong with the numbers of a company."""

EXPORTER_ALERTS = (REPLICA_DOWN, RELOAD_FAILED, STORE_DOWN, STORE_SPACE_LOW)
"""What may be wrong with an exporter as a whole, whichever companies it has; such an alert has no label `company`."""

ALERTMANAGER_FILE = "rules/alertmanager.yml"
PROMETHEUS_FILE = "rules/prometheus.yml"
ROUTE_TESTS_FILE = "rules/tests/alertmanager.routes.txt"


def metric(kpi: str, unit_suffix: str, dimension: str | None = None) -> str:
    """Return the name of a KPI's series: `kpi_mrr_eur`, or `kpi_mrr_by_tier_eur` for a breakdown."""
    by = f"_by_{dimension}" if dimension else ""
    return f"kpi_{kpi}{by}{unit_suffix}"


def level_labels(side: str | None, sla: bool, segment: str | None) -> Mapping[str, str]:
    """Return the labels that tell a level from others of its target or threshold.

    `bound` is `lower` or `upper` for the sides of a band, and `sla` for what was promised to customers; `segment` is
    the label of a breakdown. A plain limit of the headline has neither.
    """
    labels = {"bound": "_".join(filter(None, ("sla" if sla else "", side))), "segment": segment}
    return {name: value for name, value in labels.items() if value}


def alert(kpi: str, concern: str) -> str:
    """Return the name of a KPI's alert, such as `KpiLogoChurnHigh` of `logo_churn` and `High`."""
    camel_case = "".join(part.capitalize() for part in kpi.split("_"))
    return f"Kpi{camel_case}{concern}"


WALL = "wall"
DETAIL = "kpi"
HEALTH = "health"
"""Boards that others lead to: what a television shows, one KPI in full, and the exporter's own health."""

_LONGEST_UID = 40


def dashboard_uid(company: str, board: str) -> str:
    """Return the uid of a board: at most 40 letters, digits, hyphens and underscores, as Grafana requires.

    A longer one is cut, with a digest at the end, so that two boards never share one.
    """
    uid = f"kpi-{company}-{board}"
    if len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(uid.encode()).hexdigest()[:8]
    return f"{uid[: _LONGEST_UID - 1 - len(digest)]}-{digest}"


def grafana_uid(words: str, identity: str) -> str:
    """Return a uid of something in Grafana: words that people know again, and a digest of what tells it apart."""
    digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", words)
    return f"{plain[: _LONGEST_UID - 1 - len(digest)].rstrip('-')}-{digest}"


def panel_id(key: str) -> int:
    """Return the number of the panel about a key, which does not depend on other panels of the board."""
    return zlib.crc32(key.encode()) >> 1


def kpi_url(dashboards: str, company: str, kpi: str) -> str:
    """Return the address of the board of one KPI in full; `dashboards` is where the company's Grafana is."""
    return f"{dashboards}/d/{dashboard_uid(company, DETAIL)}?var-kpi={kpi}"


def health_url(dashboards: str, company: str, key: str) -> str:
    """Return the address of a panel, full screen, of the board about the company's sources and the exporter."""
    return f"{dashboards}/d/{dashboard_uid(company, HEALTH)}?viewPanel={panel_id(key)}"


def rules_file(company: str) -> str:
    """Return the path of a company's rules."""
    return f"rules/{company}.rules.yml"


def rule_tests_file(company: str) -> str:
    """Return the path of the tests of a company's rules."""
    return f"rules/tests/{company}.test.yml"


def runbook_file(alert_name: str) -> str:
    """Return the path of an alert's runbook."""
    return f"rules/runbooks/{alert_name}.md"


def runbook_url(runbooks: str, alert_name: str) -> str:
    """Return the address of an alert's runbook; `runbooks` is where those of the company are published."""
    return f"{runbooks}/{alert_name}.md"


def message_template(name: str) -> str:
    """Return the path of a template of Alertmanager's messages."""
    return f"rules/templates/{name}"


def dashboard_file(company: str, board: str) -> str:
    """Return the path of one of a company's boards."""
    return f"grafana/dashboards/{company}/{board}.json"


def dashboard_lint_file(company: str) -> str:
    """Return the path of the exceptions that dashboard-linter reads for a company's boards."""
    return f"grafana/dashboards/{company}/.lint"


def playlist_file(company: str) -> str:
    """Return the path of a company's playlist."""
    return f"grafana/playlists/{company}.json"


def mimir_file(company: str) -> str:
    """Return the path of a company's rules for the ruler of Mimir."""
    return f"mimir/{company}.yaml"


def grafana_alerting_file(name: str) -> str:
    """Return the path of a file that Grafana provisions its alerting from."""
    return f"grafana-alerting/{name}.yaml"


def manifest_file(name: str) -> str:
    """Return the path of the file of a resource for Kubernetes."""
    return f"kubernetes/{name}.yaml"
