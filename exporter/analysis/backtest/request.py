"""The request for a backtest, in texts as people write them, and what they mean for a company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from exporter.analysis.parameters import COMPANY, Parameter, all_texts, text, truth
from exporter.calendar.durations import seconds
from exporter.calendar.instants import parse_as_of
from exporter.calendar.windows import Calendar
from exporter.catalogue.model import Company
from exporter.mistakes import did_you_mean

DAY = 86400.0

MOST = 5_000
"""Moments: 13 years of days, or half a year of hours. Each takes memory for every alert."""

_EARLIEST = 1970


@dataclass(frozen=True)
class BacktestRequest:
    """A company and a stretch of its past, with thresholds to try, such as `uptime.critical=< 99.7%`.

    `since` and `until` are dates or times in the company's zone, `step` is a duration. Without `until` the stretch
    ends now; without `kpis` all count, or those whose thresholds are tried. `early` asks for early warnings instead.
    """

    company: Annotated[Company, COMPANY]
    since: Annotated[
        str, Parameter(text, "Where the history begins, in the company's time zone.", "DATE", required=True)
    ]
    until: Annotated[str | None, Parameter(text, "Where it ends; now if not given.", "DATE")] = None
    step: Annotated[str, Parameter(text, "How often alerts are judged.", "DURATION")] = "1d"
    kpis: Annotated[
        tuple[str, ...],
        Parameter(all_texts, "Only this KPI's alerts. May be repeated.", "ID", name="kpi", repeated=True),
    ] = ()
    thresholds: Annotated[
        tuple[str, ...],
        Parameter(
            all_texts,
            "Try this threshold beside the one that the file has. May be repeated.",
            "KPI.SEVERITY=THRESHOLD",
            name="threshold",
            repeated=True,
        ),
    ] = ()
    early: Annotated[
        bool, Parameter(truth, "Replay early warnings: how often right, how early, how often false.", flag=True)
    ] = False


def moments(request: BacktestRequest, calendar: Calendar, now: datetime) -> Sequence[datetime]:
    """Return the instants from `since` to `until` at which alerts are evaluated, both included, the oldest first.

    Steps of whole days keep the local time where clocks change. Raises `ValueError` that says what to write.
    """
    since = parse_as_of(request.since, calendar.zone)
    until = parse_as_of(request.until, calendar.zone) if request.until else now
    step = seconds(request.step)
    if until > now:
        raise ValueError(f"nothing is known yet of {request.until}; leave --until out for now")
    if since >= until:
        raise ValueError(
            f"the history from {request.since} to {request.until or 'now'} is empty; write an earlier --since"
        )
    if since.year < _EARLIEST:
        raise ValueError(f"{request.since} is too long ago; write a date from {_EARLIEST} on")
    if step <= 0 or (until - since).total_seconds() / step > MOST:
        raise ValueError(
            f"steps of {request.step} from {request.since} are more than {MOST:,} moments; write a longer one"
        )
    instants = [since]
    while (following := _after(instants[-1], step, calendar)) < until:
        instants.append(following)
    return [*instants, until]


def _after(at: datetime, step: float, calendar: Calendar) -> datetime:
    return calendar.add_days(at, round(step / DAY)) if step % DAY == 0 else at + timedelta(seconds=step)


def check_kpis(company: Company, ids: Sequence[str]) -> None:
    """Raise a `ValueError` that names each id which the company does not have."""
    wrong = [id_ for id_ in dict.fromkeys(ids) if id_ not in company.kpis]
    if wrong:
        messages = (f"{company.name} has no KPI {id_!r}{did_you_mean(id_, company.kpis)}" for id_ in wrong)
        raise ValueError("\n".join(messages))
