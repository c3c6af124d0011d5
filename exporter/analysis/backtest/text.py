"""A backtest for people: what each alert comes to, then when it would have fired, from the JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from exporter.analysis.backtest.episodes import End
from exporter.quantities import display, units
from exporter.quantities.prometheus import Style, style

Row = Sequence[str]

_HEAD = ("alert", "severity", "threshold", "notifications", "a month", "of the time", "unknown")
_FIGURES = 3
"""The column from which on the summary has figures."""


def text(document: dict[str, Any]) -> str:
    """Return the document as tables; with a trial, what there is and what was tried stand one below the other."""
    zone = ZoneInfo(document["timezone"])
    since, until = (_moment(document[end], zone) for end in ("since", "until"))
    lines = [f"{document['company']} from {since} to {until}, judged every {document['step']}", ""]
    trial = document["trial"]
    if trial is None:
        return "\n".join([*lines, *_part(document, zone)]) + "\n"
    return "\n".join([*lines, "As it is", *_part(document, zone), "", "As tried", *_part(trial, zone)]) + "\n"


def _part(part: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    alerts = part["alerts"]
    if not alerts:
        yield "No threshold, so no alert."
        return
    yield from table([_HEAD, *map(_summary, alerts), *_totals(part["totals"])], _FIGURES)
    for alert in alerts:
        if alert["episodes"] or alert["gaps"]:
            yield ""
            yield f"{alert['alert']} ({alert['severity']}): {_threshold(alert)}"
            yield from (f"  {row}" for row in table(_rows(alert, zone)))


def _summary(alert: dict[str, Any]) -> Row:
    unknown = _share(alert["unknown_share_of_time"])
    return (alert["alert"], alert["severity"], _threshold(alert), *_counts(alert), unknown)


def _totals(totals: dict[str, Any]) -> Iterator[Row]:
    for severity, total in totals.items():
        yield ("all", severity, "", *_counts(total), "")


def _counts(counted: dict[str, Any]) -> tuple[str, str, str]:
    rate = display.number(counted["notifications_per_month"], 2)
    return str(counted["notifications"]), rate, _share(counted["share_of_time"])


def _threshold(alert: dict[str, Any]) -> str:
    return f"{alert['threshold']} ({alert['segment']})" if alert["segment"] else alert["threshold"]


def _rows(alert: dict[str, Any], zone: ZoneInfo) -> Sequence[Row]:
    """Return episodes and gaps in the order of time."""
    amount = style(units.parse(alert["unit"]))
    rows = {each["from"]: _episode(each, amount, zone) for each in alert["episodes"]}
    rows |= {each["from"]: _gap(each, zone) for each in alert["gaps"]}
    return [rows[begins] for begins in sorted(rows)]


def _episode(episode: dict[str, Any], amount: Style, zone: ZoneInfo) -> Row:
    begins, ends = (_moment(episode[end], zone) for end in ("from", "to"))
    words = {
        End.RESOLVED: f"to {ends}",
        End.UNKNOWN: f"to {ends}, then unknown",
        End.FIRING: f"to {ends}, still firing",
    }
    worst, limit = episode["worst"]["value"], episode["worst"]["limit"]
    against = "" if limit is None else f", limit {amount.text(limit)}"
    return (
        f"{'since before' if episode['open_start'] else 'from'} {begins}",
        words[End(episode["end"])],
        display.duration(episode["seconds"]),
        f"worst {amount.text(worst)}{against}",
    )


def _gap(gap: dict[str, Any], zone: ZoneInfo) -> Row:
    begins, ends = (_moment(gap[end], zone) for end in ("from", "to"))
    why = f"{gap['reason']}: {gap['detail']}"
    return f"unknown from {begins}", f"to {ends}", display.duration(gap["seconds"]), why


def table(rows: Sequence[Row], figures: int | None = None) -> Iterator[str]:
    """Yield rows in columns; those from `figures` on are set to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:figures], widths, strict=False)]
        if figures is not None:
            cells += [cell.rjust(width) for cell, width in zip(row[figures:], widths[figures:], strict=True)]
        yield "  ".join(cells).rstrip()


def _share(share: float | None) -> str:
    return "" if share is None else display.percentage(round(share, 3))


def _moment(at: str, zone: ZoneInfo) -> str:
    """Return the local day, and the time unless it is the beginning of the day."""
    local = datetime.fromisoformat(at).astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
