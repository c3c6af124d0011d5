"""How a KPI stands, in a word: its status, and where no threshold judges it, whether its target is met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from exporter.kpis.reading import Reading

UNKNOWN = "unknown"
NOT_CONNECTED = "not connected"
WORST_FIRST = ("critical", "warning", UNKNOWN, "in order")


def status_word(reading: Reading) -> str:
    """Return the word for the status: `in order`, `warning`, `critical`, `unknown` or `not connected`."""
    if not reading.connected:
        return NOT_CONNECTED
    return UNKNOWN if reading.status is None else reading.status.words


def status_text(word: str) -> str:
    """Return a status as people read it: OK where the JSON has `in order`."""
    return "OK" if word == "in order" else word


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
    def number(self) -> int | None:
        """The number of `kpi_standing`, the worst the largest; None where there is no value to judge."""
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
    word = status_word(reading)
    if word != "in order":
        return DisplayStatus(word)
    if reading.target_missed:
        return DisplayStatus.OFF_TARGET
    has_limits = reading.target or any(reading.thresholds.values()) or reading.kpi.divergence_kpis
    return DisplayStatus.OK if has_limits else DisplayStatus.NO_TARGET


def counts(readings: Iterable[Reading]) -> Mapping[DisplayStatus, int]:
    """Return the number of connected readings by status, the worst first; 0 where there are none."""
    numbers = Counter(display_status(reading) for reading in readings)
    return {status: numbers[status] for status in DisplayStatus if status is not DisplayStatus.NOT_CONNECTED}
