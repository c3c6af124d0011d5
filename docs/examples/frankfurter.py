"""Exchange rates of the European Central Bank from frankfurter.dev: an example of a kind of source that a package adds.

`type: http` cannot read them: each day is a key of the document, and JMESPath makes no value of a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from exporter.sources import Context, MeasureOptions, Records, Row, Source, SourceFailed
from exporter.sources.endpoint import Endpoint
from exporter.sources.exchange import Request
from exporter.sources.session import Session


class FrankfurterOptions(Endpoint):
    """`url` is that of the API with its version, such as https://api.frankfurter.dev/v1."""

    reads = "reads exchange rates from frankfurter.dev"

    type: Literal["frankfurter"]
    base: str = Field(default="EUR", description="currency of which one unit is exchanged")
    quotes: tuple[str, ...] = Field(min_length=1, description="currencies in which the rates are given")
    since: date = Field(description="day of the first rate")

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the one table that this source fills."""
        return {"fx_rates": ("rate_on", "base_currency", "quote_currency", "rate")}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return nothing: the source answers no measure."""
        return {}

    def build(self, name: str) -> Source:
        """Return the source; it opens nothing before its first poll."""
        return Frankfurter(self)


class Frankfurter(Source):
    """Reads the rates from the last day that it has seen; its cursor remembers that day."""

    def __init__(self, options: FrankfurterOptions) -> None:
        self._options = options
        self._session = Session(options)
        # Under other options the position is another one, so that a currency added later is read from the first day.
        self._position = " ".join((options.base, *options.quotes, f"{options.since}"))

    def poll(self, context: Context) -> Iterator[Records]:
        """Read on from the last day; rates that are stored stay, and a day that is read again replaces them."""
        yield Records("fx_rates", self._rates(context), snapshot=False)

    def close(self) -> None:
        """Close the connections that are kept open for the next poll."""
        self._session.close()

    def _rates(self, context: Context) -> Iterator[Row]:
        first = context.cursor.get(self._position, f"{self._options.since}")
        params = (("base", self._options.base), ("symbols", ",".join(self._options.quotes)))
        reply = self._session.fetch(Request(f"{self._session.url}/{first}..", params), context.deadline)
        document: Any = reply.document
        try:
            rates = [(day, quote, rate) for day, quotes in document["rates"].items() for quote, rate in quotes.items()]
        except (AttributeError, KeyError, TypeError):
            raise SourceFailed("the answer has no rates by day; is `url` that of Frankfurter?") from None
        for day, quote, rate in sorted(rates, key=lambda entry: entry[0]):
            yield {"rate_on": day, "base_currency": self._options.base, "quote_currency": quote, "rate": rate}
            context.cursor[self._position] = day
