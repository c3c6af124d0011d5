"""Kubernetes' own schemas and the operator's, and what kubeconform finds by them in manifests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.chart import KUBERNETES
from tests.servers import go_program

OPERATOR = ("github.com/prometheus-operator/prometheus-operator", "v0.93.0")


class _Loader(yaml.SafeLoader):
    """Reads a plain `=`, which YAML 1.1 has a type for that PyYAML does not make."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: str(node.value))


def write_schemas(folder: Path) -> None:
    """Write the schema of each kind, in which unknown fields are refused."""
    swagger = go_program.module("k8s.io/kubernetes", KUBERNETES) / "api" / "openapi-spec" / "swagger.json"
    definitions = {name: _closed(each) for name, each in json.loads(swagger.read_text())["definitions"].items()}
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", ()):
            version = "-".join(part for part in (kind["group"].split(".")[0], kind["version"]) if part)
            document = {"$ref": f"#/definitions/{name}", "definitions": definitions}
            if kind["kind"] in {"StatefulSet", "Service", "ServiceAccount", "ConfigMap", "NetworkPolicy", "Pod"}:
                (folder / f"{kind['kind']}-{version}.json".lower()).write_text(json.dumps(document))
    for kind in ("alertmanagerconfigs", "prometheusrules", "servicemonitors"):
        path = (
            go_program.module(*OPERATOR) / "example" / "prometheus-operator-crd" / f"monitoring.coreos.com_{kind}.yaml"
        )
        definition = yaml.load(path.read_text(), _Loader)["spec"]
        for version in definition["versions"]:
            name = f"{definition['names']['kind']}-{definition['group'].split('.')[0]}-{version['name']}.json".lower()
            (folder / name).write_text(json.dumps(_closed(version["schema"]["openAPIV3Schema"])))


def _closed(schema: Any) -> Any:
    """Return the schema without unknown fields, and with the type that Kubernetes leaves to its own code."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {key: _closed(value) for key, value in schema.items()}
    if properties.get("metadata") == {"type": "object"}:  # of a definition by the operator, which leaves it open
        return {**schema, "properties": {name: _closed(each) for name, each in properties.items()}}
    unknown = schema.get("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    return {
        **schema,
        "properties": {name: _closed(each) for name, each in properties.items()},
        "additionalProperties": unknown,
    }


def complaint(schemas: Path, file: Path) -> str:
    """Return what kubeconform finds wrong with the manifests of a file; empty for nothing."""
    pattern = f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    kubeconform = go_program.program("github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0")
    command = [str(kubeconform), "-strict", "-summary", "-schema-location", pattern, str(file)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    return "" if result.returncode == 0 and "Skipped: 0" in result.stdout else result.stdout + result.stderr
