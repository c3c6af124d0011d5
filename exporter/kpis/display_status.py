"""How a KPI stands, in a word: its status, and where no threshold judges it, whether its target is met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from exporter.kpis.reading import Reading, Status


class DisplayStatus(StrEnum):
    """What a person wants to know first, the worst first.

    `OFF_TARGET` is what crosses no threshold and yet misses its target. `NO_TARGET` is what has neither a target nor a
    threshold in force: nobody said what would be in order. `NOT_CONNECTED` is what no source feeds.
    """

    CRITICAL = "critical"
    WARNING = "warning"
    OFF_TARGET = "off target"
    UNKNOWN = "unknown"
    OK = "in order"
    NO_TARGET = "no target"
    NOT_CONNECTED = "not connected"

    @property
    def slug(self) -> str:
        """The word in an address or a class of the style sheet: `off-target`."""
        return self.value.replace(" ", "-")

    @property
    def text(self) -> str:
        """The word as people read it: OK where addresses and the JSON have `in order`."""
        return "OK" if self is DisplayStatus.OK else self.value

    @property
    def number(self) -> int | None:
        """The number of `kpi_display_status`, the worst the largest; None where there is no value to judge."""
        return _NUMBERS.get(self)

    @property
    def alerts(self) -> bool:
        """Whether a threshold is crossed."""
        return self in (DisplayStatus.CRITICAL, DisplayStatus.WARNING)


_NUMBERS: Mapping[DisplayStatus, int] = {
    DisplayStatus.NO_TARGET: 0,
    DisplayStatus.OK: 1,
    DisplayStatus.OFF_TARGET: 2,
    DisplayStatus.WARNING: 3,
    DisplayStatus.CRITICAL: 4,
}

BY_SLUG: Mapping[str, DisplayStatus] = {each.slug: each for each in DisplayStatus}


def display_status(reading: Reading) -> DisplayStatus:
    """Return what a person wants to know first about a reading."""
    if not reading.connected:
        return DisplayStatus.NOT_CONNECTED
    has_limits = bool(reading.target or any(reading.thresholds.values()) or reading.kpi.divergence_kpis)
    return status_by_limits(reading.status, target_missed=reading.target_missed, has_limits=has_limits)


def status_by_limits(status: Status | None, *, target_missed: bool, has_limits: bool) -> DisplayStatus:
    """Return the same of a connected KPI by its status; `has_limits` if a target or a threshold is in force."""
    if status is None:
        return DisplayStatus.UNKNOWN
    if status is not Status.OK:
        return DisplayStatus(status.words)
    if target_missed:
        return DisplayStatus.OFF_TARGET
    return DisplayStatus.OK if has_limits else DisplayStatus.NO_TARGET


def status_word(reading: Reading) -> str:
    """Return the status by thresholds alone, as the public JSON has it: `in order` where none is crossed."""
    status = display_status(reading)
    return "in order" if reading.status is Status.OK else status.value


def counts(readings: Iterable[Reading]) -> Mapping[DisplayStatus, int]:
    """Return the number of connected readings by status, the worst first; 0 where there are none."""
    numbers = Counter(display_status(reading) for reading in readings)
    return {status: numbers[status] for status in DisplayStatus if status is not DisplayStatus.NOT_CONNECTED}
