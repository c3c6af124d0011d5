"""The documents of `/metrics`, rendered when something changes; a scrape copies their bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from exporter.calendar.clock import Clock
from exporter.kpis.reading import CompanyReading
from exporter.series.content_type import CONTENT_TYPE_OPENMETRICS
from exporter.series.families import age_families, reading_families, value_families
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


class _Collected(Collector):
    """A collector of families that exist already, for the renderers of the client library."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        return self._families


class _Part:
    """A run of families, made and written for each format when that is needed, without the end mark of OpenMetrics."""

    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    @cached_property
    def text(self) -> bytes:
        """The families in Prometheus's text format."""
        return generate_latest(_Collected(self._families()))

    @cached_property
    def openmetrics(self) -> bytes:
        """The families in OpenMetrics."""
        encode, _ = choose_encoder(_OPENMETRICS)
        return encode(_Collected(self._families())).removesuffix(_END)


class Rendered:
    """Both documents of one instant: those of `prepared` formats are written at once, others on request.

    `requested` are the formats that were asked for since.
    """

    def __init__(self, parts: Sequence[_Part], prepared: Collection[str]) -> None:
        self.requested: set[str] = set()
        self._parts = parts
        for each in prepared:
            getattr(self, each)

    @cached_property
    def text(self) -> Body:
        """The document in Prometheus's text format."""
        return _body(CONTENT_TYPE_PLAIN_0_0_4, b"".join(each.text for each in self._parts))

    @cached_property
    def openmetrics(self) -> Body:
        """The document in OpenMetrics."""
        return _body(CONTENT_TYPE_OPENMETRICS, b"".join([*(each.openmetrics for each in self._parts), _END]))

    def for_accept(self, accept: str) -> Body:
        """Return the document for a client with this Accept header; the next one will be ready for it, too."""
        if preferred(accept, _OFFERS) is _OPENMETRICS_1:
            self.requested.add("openmetrics")
            return self.openmetrics
        self.requested.add("text")
        return self.text


class Exposition(Collector):
    """Renders all series into `current`; also a collector for any registry of the client library.

    Call `refresh` from any thread when values change, and now and then for the figures of the process. It renders the
    values again only when they may be others. Ages are rendered when somebody asks for them.
    """

    def __init__(
        self, snapshot: Callable[[], Snapshot], clock: Clock | None = None, stats: HttpStats | None = None
    ) -> None:
        self._snapshot = snapshot
        self.clock = clock or Clock()
        self.stats = stats or HttpStats()
        self._process = ProcessMetrics()
        self._lock = Lock()
        self._values: tuple[Sequence[CompanyReading], _Part] | None = None
        self._companies: Sequence[CompanyReading] = ()
        self._wanted: Collection[str] = ("text",)
        self._rendered = Rendered((), ()), self.clock.mark()
        self.refresh()

    @property
    def latest(self) -> Rendered:
        """The documents that were rendered last."""
        return self._rendered[0]

    @property
    def outdated(self) -> bool:
        """Whether they have to be rendered anew: something was evaluated since, or the clock was set."""
        return self._companies is not self._snapshot().companies or self._clock_was_set

    @property
    def is_rendering(self) -> bool:
        """Whether they are being rendered, and right until then, as if they had been asked for a moment earlier.

        They are wrong where the clock was set: their dates are those of the former time.
        """
        return self._lock.locked() and not self._clock_was_set

    @property
    def _clock_was_set(self) -> bool:
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

    def prepare(self) -> None:
        """Render what changed, if anybody asked since something was rendered: the next scrape will find it ready."""
        if self.latest.requested and self.outdated:
            self.refresh()

    def refresh(self) -> None:
        """Render the snapshot as it is now."""
        with self._lock:
            self._wanted = tuple(self.latest.requested) or self._wanted
            at, snapshot = self.clock.mark(), self._snapshot()
            companies = snapshot.companies
            if self._values is None or not _same_values(self._values[0], companies):
                self._values = (companies, _Part(partial(value_families, companies)))
            values = self._values[1]
            moving = _Part(lambda: [*age_families(companies), *self._moving(snapshot)])
            rendered = Rendered((values, moving), self._wanted)
            self._rendered, self._companies = (rendered, at), companies

    def _moving(self, snapshot: Snapshot) -> Iterable[Metric]:
        yield from self_families(snapshot)
        yield from http_families(self.stats)
        yield from self._process.collect()


def _same_values(before: Sequence[CompanyReading], after: Sequence[CompanyReading]) -> bool:
    """Return whether readings have the same values, whatever their ages are."""
    return before is after or (
        len(before) == len(after)
        and all(
            one.company is other.company and one.bases is other.bases and one.bases
            for one, other in zip(before, after, strict=True)
        )
    )


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
