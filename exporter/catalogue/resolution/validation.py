"""Validates a catalogue by its format: pydantic finds what does not fit, and this says so in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.catalogue.schema.company import PATTERNS, CompanyDocument
from exporter.catalogue.schema.format import keys_at
from exporter.mistakes import Keys, TextError, did_you_mean
from exporter.sources.registry import kinds

_Model = TypeVar("_Model", bound=BaseModel)

_STAND_INS: Mapping[str, object] = {
    "company": "company",
    "title": "",
    "timezone": "UTC",
    "launch": date(2000, 1, 1),
    "fiscal_year_start": 1,
    "links": {"runbooks": "http://localhost", "dashboards": "http://localhost"},
}
"""What takes the place of a value that does not fit, so that the rest can be checked."""

_OF_A_UNION = ("string_type", "dict_type", "model_type", "none_required")


def validated(merged: MergedCatalogue, model: type[_Model], value: Any, path: Keys) -> _Model | None:
    """Validate the value at a path; None, with every problem noted, if it does not fit the model."""
    try:
        return model.model_validate(value, context={"folder": merged.place(path).file.parent})
    except ValidationError as error:
        _note(merged, path, value, error)
        return None


def company_document(merged: MergedCatalogue) -> tuple[CompanyDocument | None, frozenset[str]]:
    """Validate the catalogue; return it, and the names of KPIs and measures left out because they do not fit.

    The document is None where so much does not fit that further checks would report mistakes that are none.
    """
    value, left_out = deepcopy(merged.value), frozenset[str]()
    try:
        return CompanyDocument.model_validate(value), left_out
    except ValidationError as error:
        _note(merged, (), value, error)
        for detail in error.errors(include_url=False, include_input=False):
            left_out |= _leave_out(value, detail)
    try:
        return CompanyDocument.model_validate(value), left_out
    except ValidationError:
        return None, left_out


def _leave_out(value: dict[str | int, Any], detail: ErrorDetails) -> frozenset[str]:
    """Remove from a catalogue the value that an error is about; return the KPI or measure removed with it."""
    top, *rest = detail["loc"]
    section = value.get(top)
    if detail["type"] == "extra_forbidden":
        parent: Any = value
        for part in detail["loc"][:-1]:
            parent = parent.get(part, {})  # gone with a mistake that was told before
        parent.pop(detail["loc"][-1], None)
    elif rest and top in ("kpis", "measures") and isinstance(section, dict):
        section.pop(rest[0], None)
        return frozenset({str(rest[0])})
    elif rest and top in ("people", "alerting") and isinstance(section, dict):
        section.pop(rest[0], None)
    elif rest and top == "phases" and isinstance(section, dict):
        section.pop(rest[0], None)
        if "[key]" not in rest:
            section[rest[0]] = "M0"
    elif top in _STAND_INS:
        value[top] = _STAND_INS[str(top)]
    elif top in ("sources", "scenarios", "fiscal_year_start", "people", "alerting", "revenue_policy", "history"):
        value.pop(top, None)
    return frozenset()


def _note(merged: MergedCatalogue, base: Keys, value: Any, error: ValidationError) -> None:
    problems = [(_path(value, detail), detail) for detail in error.errors(include_url=False)]
    missing: dict[Keys, list[str]] = {}
    for path, detail in problems:
        full, kind = (*base, *path), detail["type"]
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other, _ in problems)
        if kind in _OF_A_UNION and deeper:
            continue  # of the alternatives, the one that was meant says more
        if kind == "missing":
            missing.setdefault(full[:-1], []).append(f"`{full[-1]}`")
        elif kind == "extra_forbidden":
            merged.problem(full, _unknown_key(full, merged.value), at_key=True)
        elif not merged.is_unreadable(full):
            as_key = "[key]" in detail["loc"]
            of_whole = kind in ("value_error", "union_tag_not_found") and isinstance(detail["input"], dict)
            wrong = detail.get("ctx", {}).get("error")
            offset = wrong.column if isinstance(wrong, TextError) else 0
            message = ("as a key, " if as_key else "") + _sentence(detail)
            merged.problem(full, message, at_key=as_key or of_whole, offset=offset)
    for full, keys in missing.items():
        merged.problem(full, _missing(full, keys, merged.value), at_key=True)


def _missing(path: Keys, keys: Sequence[str], catalogue: Any) -> str:
    """Say which keys a value lacks; of a KPI that lacks several, that its name may be meant for another one."""
    if len(keys) == 1:
        return f"the key {keys[0]} is missing"
    *others, last = keys
    text = f"the keys {', '.join(others)} and {last} are missing"
    if path[:1] != ("kpis",) or len(path) != 2 or "extends" not in catalogue:
        return text
    names = catalogue["kpis"].keys() - {path[1]}
    return f"{text}: {catalogue['extends']} has no KPI of this name{did_you_mean(str(path[1]), names)}"


def _unknown_key(path: Keys, catalogue: Any) -> str:
    *above, key = path
    if key == "<<":
        return "YAML's merge keys are not read; write the keys out, or use `extends`"
    if path[0] != "sources":
        return f"unknown key{did_you_mean(str(key), keys_at(tuple(above)))}"
    kind = catalogue["sources"][path[1]]["type"]
    others = [f"`type: {other}`" for other in kinds() if other != kind and key in keys_at(tuple(above), other)]
    if others:
        return f"`{key}` is a key of {' and '.join(others)}; `type: {kind}` {kinds()[kind].reads}"
    return f"unknown key{did_you_mean(str(key), keys_at(tuple(above), kind))}"


def _sentence(error: ErrorDetails) -> str:
    context: Mapping[str, Any] = error.get("ctx", {})
    kind = error["type"]
    if kind == "string_type":
        return "should be a text" + _as_read(error["input"])
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"should match {context['pattern']}")
    if kind == "union_tag_invalid":
        return f"`kind` should be {str(context['expected_tags']).replace(', ', ' or ')}"
    if kind == "union_tag_not_found":
        return "the key `kind` is missing"
    for form, sentence in _SENTENCES:
        if re.match(form, kind):
            return sentence
    words = re.sub(r"^(Value error, |Assertion failed, )", "", error["msg"])
    words = re.sub(r"^Input should (be )?(a )?(valid )?", "should be ", words)
    return words[:1].lower() + words[1:] if words[:2].istitle() else words


_SENTENCES = (
    ("(model|dict|mapping|model_attributes)_type", "should be a mapping of keys to values"),
    ("(tuple|list)_type", "should be a list, such as [tier, type]"),
    ("date", "should be a date, such as 2026-01-01"),
    ("int_", "should be a whole number"),
    ("byte_size", "should be a size, such as 64MiB"),
    ("string_too_short", "is empty"),
)


def _as_read(value: object) -> str:
    match value:
        case None:
            return ", and there is none"
        case bool() | int() | float():
            return (
                f"; YAML reads this as {'true or false' if isinstance(value, bool) else 'a number'}: put it in quotes"
            )
        case list():
            return ", not a list; put it in quotes if it begins with ["
        case dict():
            return ", not a mapping; put it in quotes if it begins with { or has ': ' in it"
    return ""


def _path(value: Any, error: ErrorDetails) -> Keys:
    """Return pydantic's location without the names of a union's members, which are not in the file."""
    parts = error["loc"]
    path: list[str | int] = []
    for index, part in enumerate(parts):
        keyed = isinstance(value, dict) and part in value
        if keyed or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            value = value[part]
        elif error["type"] != "missing" or index < len(parts) - 1:
            continue
        path.append(part)
    return tuple(path)
