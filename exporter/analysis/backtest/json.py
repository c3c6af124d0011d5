"""A backtest as JSON, for scripts and for the command that prints it: instants in UTC, lengths in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exporter.alerts.bound_alert import BoundAlert
from exporter.analysis.backtest.backtest import Backtest, totals
from exporter.analysis.backtest.episodes import AlertHistory, Episode, Gap


def document(backtest: Backtest) -> dict[str, Any]:
    """Return `{"company", "timezone", "since", "until", "step", "moments", "alerts": [...], "totals": {...}, "trial"}`.

    `trial` has `alerts` and `totals` in the same shape, or is null. Values are in the KPI's unit; what is unknown is
    null.
    """
    return {
        "company": backtest.company.name,
        "timezone": backtest.company.timezone,
        "since": _time(backtest.moments[0]),
        "until": _time(backtest.moments[-1]),
        "step": backtest.step,
        "moments": len(backtest.moments),
        **_evaluated(backtest, backtest.histories),
        "trial": None if backtest.trial is None else _evaluated(backtest, backtest.trial),
    }


def _evaluated(backtest: Backtest, histories: Sequence[AlertHistory]) -> dict[str, Any]:
    return {
        "alerts": [_alert(backtest, each) for each in histories],
        "totals": {
            total.severity: {
                "notifications": total.notifications,
                "notifications_per_month": _rate(backtest, total.notifications),
                "share_of_time": _share(total.lasted, total.evaluated),
            }
            for total in totals(histories)
        },
    }


def _alert(backtest: Backtest, history: AlertHistory) -> dict[str, Any]:
    alert = history.alert
    whole = backtest.moments[-1] - backtest.moments[0]
    return {
        "alert": alert.name,
        "kpi": alert.kpi.id,
        "severity": alert.severity,
        "segment": alert.segment if isinstance(alert, BoundAlert) else "",
        "threshold": alert.bound.text if isinstance(alert, BoundAlert) else " ".join(alert.condition.text.split()),
        "unit": alert.kpi.unit.text,
        "notifications": len(history.episodes),
        "notifications_per_month": _rate(backtest, len(history.episodes)),
        "share_of_time": _share(history.firing, history.evaluated),
        "unknown_share_of_time": _share(whole - history.evaluated, whole),
        "episodes": [_episode(each) for each in history.episodes],
        "gaps": [_gap(each) for each in history.gaps],
    }


def _episode(episode: Episode) -> dict[str, Any]:
    worst = episode.worst
    return {
        "from": _time(episode.starts),
        "to": _time(episode.ends),
        "open_start": episode.open_start,
        "end": episode.end.value,
        "seconds": episode.length.total_seconds(),
        "worst": {"at": _time(worst.at), "value": worst.value, "limit": worst.limit},
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "from": _time(gap.starts),
        "to": _time(gap.ends),
        "seconds": gap.length.total_seconds(),
        "reason": gap.reason.value,
        "detail": gap.detail,
    }


def _rate(backtest: Backtest, notifications: int) -> float:
    return round(notifications / backtest.months, 4)


def _share(part: timedelta, whole: timedelta) -> float | None:
    return part / whole if whole else None


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
