"""The Helm chart as Helm renders it: accepted by Kubernetes' own schemas, with the generated rules unchanged."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import CHART, GOLDEN, KUBERNETES, SETS, helm, rendered
from tests.servers import go_program
from tests.servers.promtool import run
from tests.support.yaml_text import read_yaml

pytestmark = [pytest.mark.exhaustive, pytest.mark.integration]

ROOT = Path(__file__).parents[2]
OPERATOR = ("github.com/prometheus-operator/prometheus-operator", "v0.93.0")
EACH_SET = pytest.mark.parametrize("values", SETS, ids=lambda path: path.stem)

Manifest = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads a plain `=`, which YAML 1.1 has a type for that PyYAML does not make."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: str(node.value))


def manifests(text: str) -> list[Manifest]:
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(text: str, kind: str) -> list[Manifest]:
    return [each for each in manifests(text) if each["kind"] == kind]


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the schema of each kind, in which unknown fields are refused."""
    folder = tmp_path_factory.mktemp("schemas")
    swagger = go_program.module("k8s.io/kubernetes", KUBERNETES) / "api" / "openapi-spec" / "swagger.json"
    definitions = {name: closed(each) for name, each in json.loads(swagger.read_text())["definitions"].items()}
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
            (folder / name).write_text(json.dumps(closed(version["schema"]["openAPIV3Schema"])))
    return folder


def closed(schema: Any) -> Any:
    """Return the schema without unknown fields, and with the type that Kubernetes leaves to its own code."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {key: closed(value) for key, value in schema.items()}
    if properties.get("metadata") == {"type": "object"}:  # of a definition by the operator, which leaves it open
        return {**schema, "properties": {name: closed(each) for name, each in properties.items()}}
    unknown = schema.get("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    return {
        **schema,
        "properties": {name: closed(each) for name, each in properties.items()},
        "additionalProperties": unknown,
    }


@EACH_SET
def test_it_is_clean(values: Path) -> None:
    result = helm("lint", "--strict", CHART, f"--values={values}")
    assert result.returncode == 0, result.stdout


@EACH_SET
def test_what_it_renders(values: Path) -> None:
    """Hold it to the golden file; `python -m tests.deploy.chart` writes them."""
    assert rendered(values) == (GOLDEN / values.name).read_text()


@EACH_SET
def test_kubernetes_knows_every_field(values: Path, schemas: Path, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(rendered(values))
    pattern = f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    kubeconform = go_program.program("github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0")
    command = [str(kubeconform), "-strict", "-summary", "-schema-location", pattern, str(tmp_path / "all.yaml")]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    assert "Skipped: 0" in result.stdout


def test_the_pod_is_restricted() -> None:
    (pod,) = of_kind(rendered(SETS[0]), "StatefulSet")
    spec = pod["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not spec["automountServiceAccountToken"]
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_service_finds_the_exporter_alone() -> None:
    text = rendered(SETS[0])
    (service,) = of_kind(text, "Service")
    (exporter,) = of_kind(text, "StatefulSet")
    (test,) = of_kind(text, "Pod")
    assert service["spec"]["selector"].items() <= exporter["spec"]["template"]["metadata"]["labels"].items()
    assert not service["spec"]["selector"].items() <= test["metadata"]["labels"].items()


def test_generated_files_arrive_unchanged(tmp_path: Path) -> None:
    """Hand over the rules and boards of a company: braces of annotations are Prometheus's, not Helm's."""
    rules = {f"{path.name.split('.')[0]}.yaml": path for path in (ROOT / "rules").glob("*.rules.yml")}
    boards = {path.name: path for path in (ROOT / "grafana" / "dashboards" / "managed-kubernetes").glob("*.json")}
    assert rules
    assert boards
    text = rendered(
        Path(__file__).parent / "values" / "monitored.yaml",
        *(f"--set-file=prometheusRule.files.{escaped(name)}={path}" for name, path in rules.items()),
        *(f"--set-file=dashboards.files.{escaped(name)}={path}" for name, path in boards.items()),
    )
    made = of_kind(text, "PrometheusRule")
    assert sorted(map(groups, made)) == sorted(groups({"spec": read_yaml(path.read_text())}) for path in rules.values())
    for each in made:
        (tmp_path / each["metadata"]["name"]).write_text(yaml.safe_dump(each["spec"]))
    assert run("check", "rules", *sorted(tmp_path.iterdir()))[0] == 0
    maps = {name: board for each in of_kind(text, "ConfigMap") for name, board in each["data"].items()}
    assert {name: json.loads(maps[name]) for name in boards} == {
        name: json.loads(path.read_text()) for name, path in boards.items()
    }


def groups(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest["spec"]["groups"], sort_keys=True)


def escaped(name: str) -> str:
    return name.replace(".", r"\.")


def test_a_changed_catalogue_starts_a_new_pod(tmp_path: Path) -> None:
    def checksum(timezone: str) -> str:
        values = tmp_path / "values.yaml"
        values.write_text(yaml.safe_dump({"catalogues": {"files": {"acme.yaml": f"timezone: {timezone}\n"}}}))
        (pod,) = of_kind(rendered(values), "StatefulSet")
        annotation: str = pod["spec"]["template"]["metadata"]["annotations"]["checksum/catalogues"]
        return annotation

    assert checksum("UTC") == checksum("UTC") != checksum("Europe/Berlin")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"catalogues": {"files": {"a.yaml": "x"}, "existingConfigMap": "companies"}}, "not both"),
        ({"catalogues": {"existingConfigMap": "companies"}}, "list the companies' files in `names`"),
        ({"alertmanagerConfig": {"enabled": True}}, "write route and receivers"),
    ],
    ids=["two catalogues", "no names", "no receivers"],
)
def test_a_mistake_says_what_to_write(tmp_path: Path, values: Manifest, message: str) -> None:
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(RuntimeError, match=message):
        rendered(tmp_path / "values.yaml")
