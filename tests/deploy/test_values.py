"""The values of the Helm chart: their schema, and the table of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.deploy.chart import CHART, SETS
from tests.support.yaml_text import read_yaml

WHOLE = {"resources", "dashboards.labels"}
"""Values that the table explains as one."""

Values = dict[str, Any]


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    document = json.loads((CHART / "values.schema.json").read_text())
    Draft7Validator.check_schema(document)
    return Draft7Validator(document)


@pytest.fixture(scope="module")
def defaults() -> Values:
    values: Values = read_yaml((CHART / "values.yaml").read_text())
    return values


def leaves(values: Mapping[str, Any], below: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        path = f"{below}{key}"
        if isinstance(value, dict) and value and path not in WHOLE:
            yield from leaves(value, f"{path}.")
        else:
            yield path, value


def test_the_table_has_each_value_with_its_default(defaults: Values) -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.*?) \|", (CHART / "README.md").read_text(), re.MULTILINE)
    assert [path for path, _ in rows] == [path for path, _ in leaves(defaults)]
    for (path, text), (_, value) in zip(rows, leaves(defaults), strict=True):
        if path != "resources":
            assert read_yaml(text.strip("`")) == value, path


@pytest.mark.parametrize("values", SETS, ids=lambda path: path.stem)
def test_a_set_of_values_is_valid(schema: Draft7Validator, defaults: Values, values: Path) -> None:
    assert [error.message for error in schema.iter_errors(defaults)] == []
    assert [error.message for error in schema.iter_errors(read_yaml(values.read_text()))] == []


@pytest.mark.parametrize(
    "values",
    [
        {"image": {"repository": "kpi", "tga": "1.2"}},
        {"replicas": 2},
        {"image": {"repository": ""}},
        {"image": {"repository": "kpi", "digest": "sha256:12"}},
        {"persistence": {"accessModes": ["ReadWriteMany"]}},
        {"env": {"STRIPE_KEY": "sk_live_1"}},
        {"env": {"STRIPE-KEY": {"secret": "kpi"}}},
        {"env": {"STRIPE_KEY": {"key": "stripe"}}},
        {"secretFiles": [{"secret": "account", "mountPath": "secrets"}]},
        {"catalogues": {"files": {"acme.json": "{}"}}},
        {"exporter": {"memory": "lots"}},
        {"exporter": {"routePrefix": "kpi"}},
        {"reload": {"onChange": "always"}},
        {"service": {"port": 0}},
        {"serviceMonitor": {"interval": 30}},
        {"web": {"scheme": "https"}},
    ],
    ids=json.dumps,
)
def test_a_mistake_is_refused(schema: Draft7Validator, values: Values) -> None:
    assert not schema.is_valid(values)
