"""Surveys, as the tools that send them record the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng

PROMOTERS, PASSIVES = (9, 10), (7, 8)


@dataclass(frozen=True)
class Score:
    """An answer to a survey; `about` is the respondent (NPS) or the ticket (CSAT), an opaque id."""

    id: str
    about: str
    score: int
    at: datetime


def nps(
    respondents: Sequence[str | None],
    shares: Mapping[tuple[int, ...], float],
    month: int,
    months: Months,
    rng: Rng,
) -> Iterator[Score]:
    """Ask whether each respondent recommends the company, in the middle of a month.

    Args:
        respondents: Opaque ids; None for a respondent who gets a new one.
        shares: The share of those who answer one of several scores; the others are passive.
        month: The month of the survey.
        months: The company's calendar.
        rng: The random numbers.
    """
    for respondent, scores in zip(respondents, rng.mix(len(respondents), shares, rest=PASSIVES), strict=True):
        at = months.at(month, rng.between(0.2, 0.8))
        yield Score(rng.token("nps-"), respondent or rng.token("r-"), rng.one(scores), at)
