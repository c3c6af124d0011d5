"""Health alerts on the exporter itself, for all companies; they link to the runbooks and boards of one of them."""

from __future__ import annotations

from exporter import conventions
from exporter.alerts.health import PanelAlert
from exporter.alerts.promql import last_value, selector
from exporter.catalogue.model import Company

LEAST_FREE = 100_000_000
"""Bytes that should be left on the disk of a store, however small it is."""

NOBODY = "none"
"""The severity and the `notify` of the watchdog, which reports no problem and has a route of its own."""


def exporter_alerts(company: Company) -> tuple[PanelAlert, ...]:
    """Return the alerts on each replica, in the order of their panels, with this company's links."""
    return (
        _replica_down(company),
        _reload_failed(company),
        _store_down(company),
        _store_space_low(company),
        _watchdog(company),
    )


def _replica_down(company: Company) -> PanelAlert:
    up = selector("up", job=conventions.JOB)
    return PanelAlert(
        company,
        conventions.REPLICA_DOWN,
        expression=f"{up} == 0",
        minutes=5,
        own={},
        by=("job", "instance"),
        summary="A replica of the exporter is down.",
        description="Prometheus has not been able to scrape {instance} for 5 minutes; the other replicas continue.",
        action="Start the replica, or repair its scrape.",
        meaning="Prometheus cannot scrape one replica of the exporter. While it can scrape another, no KPI is missing.",
        diagnosis=up,
        caption="Replicas down",
        panel_query=f"sum(1 - {up}) or vector(NaN)",
    )


def _reload_failed(company: Company) -> PanelAlert:
    loaded, web_loaded = (
        last_value(selector(name, job=conventions.JOB))
        for name in (conventions.RELOAD_SUCCESS, conventions.WEB_CONFIG_SUCCESS)
    )
    return PanelAlert(
        company,
        conventions.RELOAD_FAILED,
        expression=f"{loaded} == 0 or {web_loaded} == 0",
        minutes=5,
        own={},
        by=("job", "instance"),
        summary="The exporter refused its new configuration.",
        description="{instance} keeps its previous configuration, because the one in its files is invalid.",
        action=(
            "Run `kpi-exporter check` on the files, correct the mistakes that it reports, and reload; those of the web "
            "configuration are in the log."
        ),
        meaning=(
            "The configuration files changed and contain a mistake. The exporter still uses the old thresholds, or "
            "lets in the old users."
        ),
        diagnosis=f"time() - {selector(conventions.RELOAD_TIMESTAMP, job=conventions.JOB)}",
        caption="Reloads refused",
        panel_query=f"sum(1 - {loaded}) or vector(NaN)",
    )


def _store_down(company: Company) -> PanelAlert:
    up = last_value(selector(conventions.STORE_UP, job=conventions.JOB))
    return PanelAlert(
        company,
        conventions.STORE_DOWN,
        expression=f"{up} == 0",
        minutes=5,
        own={},
        by=("job", "instance"),
        summary="The exporter cannot keep what its sources give.",
        description="The record store of {instance} can keep nothing; KPIs have their last values, which age.",
        action="Make room on the disk of the store: the exporter goes on by itself within seconds. If its log or "
        "`/-/ready` says that the file is damaged, stop it, restore a copy of the file, and start it again.",
        meaning="The exporter could not write its record store, most often because its disk is full. No poll is kept, "
        "so no source counts as up and every KPI keeps its last value. `/-/ready`, the page of sources and the log "
        "say why.",
        diagnosis=selector(conventions.STORE_FREE, job=conventions.JOB),
        caption="Stores down",
        panel_query=f"sum(1 - {up}) or vector(NaN)",
    )


def _store_space_low(company: Company) -> PanelAlert:
    free = last_value(selector(conventions.STORE_FREE, job=conventions.JOB))
    size = last_value(selector(conventions.STORE_SIZE, job=conventions.JOB))
    low = f"{free} < clamp_min({size}, {LEAST_FREE})"
    return PanelAlert(
        company,
        conventions.STORE_SPACE_LOW,
        expression=low,
        minutes=5,
        own={},
        by=("job", "instance"),
        counts=True,
        summary="The disk of the record store is almost full.",
        description="{value} bytes are left for the record store of {instance}, less than it takes itself or 100 MB.",
        action="Make room on the disk, or let the store have a larger one.",
        meaning="A store writes parts of its file anew before it frees the old ones, and polls are written beside it "
        "first. With less room than the store takes itself, the next large poll may not be kept.",
        diagnosis=selector(conventions.STORE_SIZE, job=conventions.JOB),
        caption="Stores short of room",
        panel_query=f"count({low}) or vector(0)",
    )


def _watchdog(company: Company) -> PanelAlert:
    firing = selector("ALERTS", alertname=conventions.WATCHDOG, alertstate="firing")
    return PanelAlert(
        company,
        conventions.WATCHDOG,
        expression="vector(1)",
        minutes=0,
        own={},
        by=(),
        severity=NOBODY,
        notify=NOBODY,
        summary="Prometheus evaluates and sends the alerts on KPIs.",
        description="This alert always fires; if it stops arriving, no other alert arrives either.",
        action="None while it fires. If it stops, check Prometheus and Alertmanager.",
        meaning="A dead man's switch: an external receiver expects this alert and reports when it stops.",
        diagnosis=firing,
        caption="Watchdog",
        panel_query=f"count({firing}) or vector(NaN)",
        wanted=True,
    )
