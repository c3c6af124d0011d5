"""What replayed periods come to: how often the band held the final value, how early warnings were, how many false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from exporter.analysis.backtest.early_replay import POINTS, ReplayedPeriod, Sign

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class SignFigures:
    """The warnings of one sign: how many, how many of them false, and the median lead in days; None without any."""

    warnings: int
    false: int
    lead: float | None

    @property
    def false_share(self) -> float | None:
        """The share of warnings of what did not come; None without any."""
        return self.false / self.warnings if self.warnings else None


@dataclass(frozen=True)
class EarlyFigures:
    """The figures of some replayed periods.

    `held` is the share of final values within the band, by point, None where there was no projection. `crossings` is
    how often the final value crossed a limit, `signs` what warned of it.
    """

    periods: int
    projected: Mapping[str, int]
    held: Mapping[str, float | None]
    crossings: int
    signs: Mapping[Sign, SignFigures]


def figures(replayed: Iterable[ReplayedPeriod]) -> EarlyFigures:
    """Sum up replayed periods, of one KPI or several."""
    periods = list(replayed)
    held = {name: [each.held[name] for each in periods if name in each.held] for name in POINTS}
    return EarlyFigures(
        periods=len(periods),
        projected={name: len(each) for name, each in held.items()},
        held={name: sum(each) / len(each) if each else None for name, each in held.items()},
        crossings=sum(len(each.crossed) for each in periods),
        signs={sign: _of_sign(periods, sign) for sign in Sign},
    )


def _of_sign(periods: Sequence[ReplayedPeriod], sign: Sign) -> SignFigures:
    warnings = [each for period in periods for each in period.warnings if each.sign is sign]
    leads = [each.lead / _DAY for each in warnings if each.right]
    return SignFigures(len(warnings), sum(not each.right for each in warnings), median(leads) if leads else None)
