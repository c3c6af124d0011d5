"""The catalogue's JSON Schema: references, required keys, descriptions and durations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from exporter.generate.catalogue_schema import generate
from exporter.sources.registry import kinds


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    (text,) = generate([]).values()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    references = {value for key, value in _pairs(schema) if key == "$ref"}
    assert references
    assert references <= {f"#/$defs/{name}" for name in schema["$defs"]}


def test_a_source_is_one_of_its_kind(schema: dict[str, Any]) -> None:
    (source,) = schema["$defs"]["CompanyDocument"]["properties"]["sources"]["patternProperties"].values()
    assert source["properties"]["type"]["enum"] == list(kinds())
    by_kind = {each["if"]["properties"]["type"]["const"]: each["then"]["$ref"] for each in source["allOf"]}
    assert by_kind == {kind: f"#/$defs/{model.__name__}" for kind, model in kinds().items()}
    for reference in by_kind.values():
        assert schema["$defs"][reference.rsplit("/", 1)[1]]["additionalProperties"] is False


def test_what_extends_another_may_be_partial(schema: dict[str, Any]) -> None:
    for name in ("CompanyDocument", "KpiDocument", "MeasureDocument", "LinksDocument"):
        assert "required" not in schema["$defs"][name]
    _, whole = schema["allOf"]
    assert whole["if"] == {"not": {"required": ["extends"]}}
    assert {"company", "currency", "kpis"} <= set(whole["then"]["required"])
    assert {"title", "unit", "window"} <= set(whole["then"]["properties"]["kpis"]["additionalProperties"]["required"])


def test_keys_are_described_and_closed(schema: dict[str, Any]) -> None:
    kpi = schema["$defs"]["KpiDocument"]
    assert kpi["additionalProperties"] is False
    assert all("description" in value for value in kpi["properties"].values())
    assert {"type": "number"} in kpi["properties"]["target"]["anyOf"]  # `target: 50` needs no quotes


def test_durations_are_text(schema: dict[str, Any]) -> None:
    timeout = schema["$defs"][kinds()["sql"].__name__]["properties"]["timeout"]
    assert (timeout["type"], timeout["default"]) == ("string", "30s")


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _pairs(inner)
