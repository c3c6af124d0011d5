"""Sources that do as a test says, and feeds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Event

from exporter.polling.polled_source import PolledSource
from exporter.records.batch import Item, Records
from exporter.sources.interface import Context, MeasureOptions, Options, Source

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what does come."""

Behaviour = Callable[[Context], Iterator[Item]]


class Scripted(Source):
    """Polls as `behaviour` says, and counts."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.contexts: list[Context] = []
        self.closed = Event()

    def poll(self, context: Context) -> Iterator[Item]:
        self.contexts.append(context)
        return self.behaviour(context)

    def close(self) -> None:
        self.closed.set()


class ScriptedOptions(Options):
    """Options of a source that is built elsewhere."""

    type: str = "scripted"

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        return {"leads": ()}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        return {}

    def build(self, name: str) -> Source:
        raise NotImplementedError


def leads(*ids: str) -> Records:
    return Records("leads", iter([{"lead_id": key, "created_at": "2026-01-01"} for key in ids]), snapshot=True)


def gives(*ids: str) -> Scripted:
    """Return a source that always gives these leads, and remembers the number of its polls."""

    def behaviour(context: Context) -> Iterator[Item]:
        context.cursor["polls"] = str(int(context.cursor.get("polls", "0")) + 1)
        yield leads(*ids)

    return Scripted(behaviour)


def feed(source: Source, name: str = "crm", company: str = "acme", **options: object) -> PolledSource:
    checked = ScriptedOptions.model_validate(
        {"timeout": "20s", **({} if "cron" in options else {"every": "1d"}), **options}
    )
    return PolledSource(company, name, checked, source, "Europe/Berlin", "EUR")
