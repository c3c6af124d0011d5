"""Where analyses are answered: in this process, or by a running exporter (`remote.py`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import RequestContext, Texts
from exporter.catalogue.model import Company
from exporter.records.store import Store

R = TypeVar("R")
A = TypeVar("A")


class Analyses(Protocol):
    """Answers requests for analyses."""

    def answer(self, analysis: Analysis[R, A], texts: Texts) -> Content:
        """Return the answer as it is sent.

        Raises `ValueError` for a request that cannot be answered, `NotFound` where what it names does not exist, and
        `CatalogueError` for a catalogue that cannot be used.
        """


class InProcessAnalyses(Analyses, Protocol):
    """Answers requests of this process too, with the answer as an object."""

    def compute(self, analysis: Analysis[R, A], request: R) -> A:
        """Return the answer to a request; raises as `answer` does."""

    def limited_to(self, names: Collection[str]) -> InProcessAnalyses:
        """Return analyses to which the other companies do not exist."""


class LocalAnalyses:
    """Computes analyses from a store. `companies` returns the companies, by name, as they are now."""

    def __init__(
        self, store: Store, companies: Callable[[], Mapping[str, Company]], clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._companies = companies
        self._clock = clock

    def answer(self, analysis: Analysis[R, A], texts: Texts) -> Content:
        """Read the request, compute the answer and write it."""
        request = analysis.read(texts, RequestContext(self._companies(), self._clock()))
        return analysis.write(request, self.compute(analysis, request))

    def compute(self, analysis: Analysis[R, A], request: R) -> A:
        """Compute the answer as of now."""
        return analysis.compute(request, self._store, self._clock())

    def limited_to(self, names: Collection[str]) -> LocalAnalyses:
        """Return analyses to which the other companies do not exist."""
        return LocalAnalyses(self._store, lambda: only(self._companies(), names), self._clock)


def only(companies: Mapping[str, Company], names: Collection[str]) -> Mapping[str, Company]:
    """Return the companies of these names."""
    return {name: company for name, company in companies.items() if name in names}
