"""What Stripe publishes of its API, as stripe-mock carries it: the OpenAPI document, by which ours are checked."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.vendors.stripe.objects import Document

_ROOT = "urn:openapi"


class Published:
    """The OpenAPI document at a path; `faults` names what a document has and should not, or lacks."""

    def __init__(self, specification: Path) -> None:
        document = json.loads(specification.read_text("utf-8"))
        self.version: str = document["info"]["version"]
        self._paths = {_pattern(path): path for path in document["paths"] if "get" in document["paths"][path]}
        schemas = {"components": {"schemas": _plain(document["components"]["schemas"])}}
        answers = {path: document["paths"][path]["get"]["responses"]["200"] for path in self._paths.values()}
        self._answers = {
            path: _plain(answer["content"]["application/json"]["schema"])
            for path, answer in answers.items()
            if "application/json" in answer["content"]
        }
        resource = Resource.from_contents(schemas, DRAFT202012)
        self._registry = Registry().with_resource(_ROOT, resource)

    def faults(self, path: str, document: Document) -> list[str]:
        """Return what is wrong with an answer to a GET of a path."""
        template = next(template for pattern, template in self._paths.items() if pattern.fullmatch(path))
        return self._against(self._answers[template], document)

    def faults_of(self, kind: str, document: Document) -> list[str]:
        """Return what is wrong with a document of a kind, such as `subscription`."""
        return self._against({"$ref": f"{_ROOT}#/components/schemas/{kind}"}, document)

    def _against(self, schema: Document, document: Document) -> list[str]:
        errors = Draft202012Validator(schema, registry=self._registry).iter_errors(document)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors]


@cache
def published(specification: Path) -> Published:
    """Return the OpenAPI document, which is read once."""
    return Published(specification)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _plain(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON Schema: null where it is allowed, no field that is not described."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(each) for name, each in schema.items()}
    if "$ref" in plain:
        plain["$ref"] = _ROOT + plain["$ref"]
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        plain["additionalProperties"] = False
    if schema.get("nullable") is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain
