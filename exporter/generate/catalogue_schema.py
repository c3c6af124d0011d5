"""The JSON Schema of a catalogue, for completion and checks in editors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import MonthCloseDocument, Pagerduty, Slack, Smtp, Webhook
from exporter.catalogue.schema.company import CompanyDocument, KpiDocument, LinksDocument, MeasureDocument
from exporter.generate.text import MARK
from exporter.sources.registry import kinds

FILE = "docs/catalogue.schema.json"

Schema = dict[str, Any]

_MERGED: tuple[type[BaseModel], ...] = (
    *(CompanyDocument, KpiDocument, MeasureDocument, LinksDocument),
    *(Pagerduty, Slack, Webhook, Smtp, MonthCloseDocument),
)
"""The models that a file may fill in part if it `extends` another."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the schema's file; it is the same for all companies."""
    return {FILE: json.dumps(_schema(), indent=2, ensure_ascii=False) + "\n"}


def _schema() -> Schema:
    models = [*_MERGED, *kinds().values()]
    references, shared = models_json_schema([(model, "validation") for model in models])
    definitions: Schema = shared["$defs"]
    _write_durations_out(definitions)
    reference = {model: references[model, "validation"] for model in models}
    required = {model: _definition(definitions, reference[model]).pop("required") for model in _MERGED}
    catalogue = _definition(definitions, reference[CompanyDocument])
    source = _source({kind: reference[options] for kind, options in kinds().items()})
    sources = catalogue["properties"]["sources"]
    sources["patternProperties"] = dict.fromkeys(sources["patternProperties"], source)
    for named in ("people", "kpis", "measures", "sources"):
        catalogue["properties"][named]["additionalProperties"] = False  # only names that fit the pattern
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": MARK,
        "title": "A catalogue of KPIs",
        "description": "A text may have a tag: `!env NAME` reads a variable, `!file PATH` reads a file.",
        "allOf": [
            reference[CompanyDocument],
            {"if": {"not": {"required": ["extends"]}}, "then": _complete(required)},
        ],
        "$defs": definitions,
    }


def _definition(definitions: Schema, reference: Schema) -> Schema:
    definition: Schema = definitions[reference["$ref"].rsplit("/", 1)[1]]
    return definition


def _source(by_kind: Mapping[str, Schema]) -> Schema:
    """Return the schema of a source by its `type`; a source without one only adds to an inherited source."""
    return {
        "type": "object",
        "properties": {"type": {"enum": list(by_kind), "description": "what kind of system it is"}},
        "allOf": [
            {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": reference}
            for kind, reference in by_kind.items()
        ],
    }


def _complete(required: Mapping[type[BaseModel], list[str]]) -> Schema:
    """Return what a catalogue requires that does not extend another."""

    def each_requires(*keys: str) -> Schema:
        return {"additionalProperties": {"required": list(keys)}}

    def parts_require(**models: type[BaseModel]) -> Schema:
        return {"properties": {key: {"required": required[model]} for key, model in models.items()}}

    return {
        "required": required[CompanyDocument],
        "properties": {
            "links": {"required": required[LinksDocument]},
            "people": {"additionalProperties": parts_require(pagerduty=Pagerduty, slack=Slack, webhook=Webhook)},
            "alerting": parts_require(month_close=MonthCloseDocument, smtp=Smtp, watchdog=Webhook),
            "kpis": each_requires(*required[KpiDocument]),
            "measures": each_requires(*required[MeasureDocument]),
            "sources": each_requires("type"),
        },
    }


def _write_durations_out(value: Any) -> None:
    """Replace the default seconds of durations by text, as users write them."""
    if isinstance(value, list):
        for item in value:
            _write_durations_out(item)
    if isinstance(value, dict):
        if value.get("type") == "string" and isinstance(default := value.get("default"), int | float):
            value["default"] = f"{default:.10g}s"
        for item in value.values():
            _write_durations_out(item)
