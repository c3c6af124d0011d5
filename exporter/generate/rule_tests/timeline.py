"""Timelines for rule tests: the samples of series minute by minute, and what Prometheus sees of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from exporter.alerts.promql import LOOKBACK_MINUTES, number

Test = Mapping[str, Any]
"""A test in promtool's format."""

Step = Mapping[str, float | None]
"""The value of each series in a minute, None for no sample; a series that is missing has none."""


class SeriesTimeline:
    """Collects steps of one minute, with two samples of each series: on the full minute and half a minute later.

    So no sample is ever exactly some minutes old, where versions of Prometheus disagree about ranges.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self.checked: list[int] = []

    @property
    def minutes(self) -> int:
        """The length so far, in minutes."""
        return len(self._steps)

    def append(self, step: Step, minutes: int = 1) -> None:
        """Repeat a step for some minutes, and mark which of them to check.

        These are its first minute, the last two, the last in which an ended series is still visible, and the
        one after.
        """
        start = len(self._steps)
        self._steps += [step] * minutes
        checked = {0, LOOKBACK_MINUTES - 1, LOOKBACK_MINUTES, minutes - 2, minutes - 1}
        self.checked += [start + each for each in sorted(checked) if 0 <= each < minutes]

    def visible(self, series: Iterable[str], minute: int) -> list[float]:
        """Return the last sample of each of the series that is still visible in a minute."""
        recent = self._steps[max(0, minute - LOOKBACK_MINUTES) : minute + 1]
        samples = [[value for step in recent if (value := step.get(each)) is not None] for each in series]
        return [values[-1] for values in samples if values]

    def input_series(self) -> list[Mapping[str, str]]:
        """Return the series in promtool's notation."""
        names = dict.fromkeys(name for step in self._steps for name in step)
        return [{"series": name, "values": " ".join(self._notation(name))} for name in names]

    def _notation(self, name: str) -> Iterator[str]:
        """Yield a series in promtool's runs: `0.5x3` is a value and three more of it; `stale` is a failed scrape."""
        runs = [(value, 2 * len(list(run))) for value, run in groupby(step.get(name) for step in self._steps)]
        for place, (value, samples) in enumerate(runs):
            if value is not None:
                yield f"{number(Decimal(repr(value)))}x{samples - 1}"
            elif place:
                yield f"stale _x{samples - 1}"
            else:
                yield f"_x{samples}"


def holds_for(condition: Callable[[int], bool | None], minute: int, hold: int | None) -> bool | None:
    """Return whether a condition holds in a minute, with `hold` whether it has for that many minutes.

    `condition` takes a minute, and returns None where there is nothing to compare. The result is None where
    versions of Prometheus disagree.
    """
    if not hold or not condition(minute):
        return bool(condition(minute))
    if minute < hold:
        return False
    if condition(minute - hold) is None:
        return None if minute > hold and condition(minute - hold - 1) is not None else False
    return all(condition(each) is not False for each in range(minute - hold, minute + 1))


class UndecidedError(Exception):
    """Says that versions of Prometheus disagree about a minute."""


def fired_last(fires: Callable[[int], bool | None], minute: int, keep: int) -> int | None:
    """Return the latest minute in which an alert's condition fires it, at most `keep` minutes back; None for none.

    Raises:
        UndecidedError: versions of Prometheus disagree, for which `fires` returns None.
    """
    for earlier in range(minute, max(0, minute - keep) - 1, -1):
        fired = fires(earlier)
        if fired is None:
            raise UndecidedError
        if fired:
            return earlier
    return None


def expectation(minute: int, name: str, alerts: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> Test:
    """Return the expectation that exactly these alerts of a name fire, each by its labels and annotations."""
    exp_alerts = [{"exp_labels": dict(labels), "exp_annotations": dict(texts)} for labels, texts in alerts]
    return {"eval_time": f"{minute}m", "alertname": name, **({"exp_alerts": exp_alerts} if exp_alerts else {})}
