"""The documents of `/metrics`, rendered when something changes; a scrape copies their bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from exporter.calendar.clock import Clock, Mark
from exporter.kpis.reading import CompanyReading
from exporter.series.content_type import CONTENT_TYPE_OPENMETRICS
from exporter.series.families import reading_families
from exporter.web.http_stats import HttpStats
from exporter.web.interface import Snapshot
from exporter.web.negotiation import MediaType, preferred
from exporter.web.self_metrics import ProcessMetrics, http_families, self_families

_OPENMETRICS = "application/openmetrics-text"
_OPENMETRICS_1 = MediaType(_OPENMETRICS, ("1.0.0",))
_OFFERS = (MediaType("text/plain"), _OPENMETRICS_1)
_END = b"# EOF\n"
_GZIP_LEVEL = 6


@dataclass(frozen=True)
class Body:
    """One document, plain and compressed."""

    content_type: str
    plain: bytes
    gzipped: bytes


@dataclass(frozen=True)
class Rendered:
    """Both documents of one instant."""

    text: Body
    openmetrics: Body

    def for_accept(self, accept: str) -> Body:
        """Return the document for a client with this Accept header."""
        return self.openmetrics if preferred(accept, _OFFERS) is _OPENMETRICS_1 else self.text


class _Collected(Collector):
    """A collector of families that exist already, for the renderers of the client library."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        return self._families


@dataclass(frozen=True)
class _Part:
    """A run of families in both formats, without the end mark of OpenMetrics."""

    text: bytes
    openmetrics: bytes

    @classmethod
    def of(cls, families: Iterable[Metric]) -> _Part:
        collected = _Collected(families)
        encode, _ = choose_encoder(_OPENMETRICS)
        return cls(generate_latest(collected), encode(collected).removesuffix(_END))


class Exposition(Collector):
    """Renders all series into `current`; also a collector for any registry of the client library.

    Call `refresh` from any thread when the snapshot changes, and now and then for the figures of the process. It
    renders the readings again only when the snapshot has others.
    """

    def __init__(
        self, snapshot: Callable[[], Snapshot], clock: Clock | None = None, stats: HttpStats | None = None
    ) -> None:
        self._snapshot = snapshot
        self.clock = clock or Clock()
        self.stats = stats or HttpStats()
        self._process = ProcessMetrics()
        self._lock = Lock()
        self._readings: tuple[Sequence[CompanyReading], _Part] | None = None
        self._rendered: tuple[Rendered, Mark]
        self.refresh()

    @property
    def latest(self) -> Rendered:
        """The documents that were rendered last."""
        return self._rendered[0]

    @property
    def outdated(self) -> bool:
        """Whether they have to be rendered anew: the clock was set since, so that their timestamps are wrong."""
        return bool(self.clock.shift(self._rendered[1]))

    @property
    def current(self) -> Rendered:
        """The documents as they should be now."""
        if self.outdated:
            self.refresh()
        return self.latest

    def collect(self) -> Iterable[Metric]:
        """Yield every family of the snapshot, and those of the process."""
        snapshot = self._snapshot()
        yield from reading_families(snapshot.companies)
        yield from self._moving(snapshot)

    def refresh(self) -> None:
        """Render the snapshot as it is now."""
        with self._lock:
            at, snapshot = self.clock.mark(), self._snapshot()
            if self._readings is None or self._readings[0] is not snapshot.companies:
                self._readings = (snapshot.companies, _Part.of(reading_families(snapshot.companies)))
            readings, moving = self._readings[1], _Part.of(self._moving(snapshot))
            rendered = Rendered(
                text=_body(CONTENT_TYPE_PLAIN_0_0_4, readings.text + moving.text),
                openmetrics=_body(CONTENT_TYPE_OPENMETRICS, readings.openmetrics + moving.openmetrics + _END),
            )
            self._rendered = rendered, at

    def _moving(self, snapshot: Snapshot) -> Iterable[Metric]:
        yield from self_families(snapshot)
        yield from http_families(self.stats)
        yield from self._process.collect()


class FollowingExposition(Exposition):
    """An exposition of some of the companies, to be rendered when that of all companies was."""

    def __init__(self, snapshot: Callable[[], Snapshot], of_all: Exposition) -> None:
        self._of_all = of_all
        self._followed: Rendered | None = None
        super().__init__(snapshot, of_all.clock, of_all.stats)

    @property
    def outdated(self) -> bool:
        """Whether the exposition of all companies was rendered since, or has to be."""
        return self._of_all.outdated or self._followed is not self._of_all.latest

    def refresh(self) -> None:
        """Render the snapshot as it is now."""
        followed = self._of_all.current
        super().refresh()
        self._followed = followed


def _body(content_type: str, plain: bytes) -> Body:
    return Body(content_type, plain, gzip.compress(plain, _GZIP_LEVEL, mtime=0))
