"""The Helm chart as Helm renders it: accepted by Kubernetes' own schemas, with the generated rules unchanged."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import CHART, GOLDEN, KUBERNETES, SETS, helm, rendered
from tests.deploy.schemas import complaint
from tests.generate.command_line import generate
from tests.servers.promtool import run
from tests.support.yaml_text import read_yaml

pytestmark = [pytest.mark.exhaustive, pytest.mark.integration]

ROOT = Path(__file__).parents[2]
EACH_SET = pytest.mark.parametrize("values", SETS, ids=lambda path: path.stem)

Manifest = dict[str, Any]


def manifests(text: str) -> list[Manifest]:
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(text: str, kind: str) -> list[Manifest]:
    return [each for each in manifests(text) if each["kind"] == kind]


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
    assert complaint(schemas, tmp_path / "all.yaml") == ""


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


def test_the_last_of_five_commands_installs_scrape_rules_and_boards(tmp_path: Path, schemas: Path) -> None:
    """Run the commands of the documentation that need no cluster."""
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    block = page.split("## From nothing to alerts", 1)[1].split("```console\n", 1)[1].split("```", 1)[0]
    commands = [each.replace("\\\n", " ") for each in block.removeprefix("$ ").split("\n$ ")]
    assert len(commands) == 5
    assert [shlex.split(each)[0] for each in commands] == ["helm", "docker", "kubectl", "kpi-exporter", "helm"]
    shutil.copy(ROOT / "deploy/kustomize/example/company.yaml", tmp_path / "acme.yaml")
    assert generate(tmp_path / "out", tmp_path / "acme.yaml").exit_code == 0
    install, name, _, *options = shlex.split(commands[-1])[1:]
    files = [
        each.replace("=acme.yaml", f"={tmp_path}/acme.yaml").replace("=out/", f"={tmp_path}/out/") for each in options
    ]
    result = helm(
        "template", name, CHART, *(each for each in files if each != "--wait"), f"--kube-version={KUBERNETES}"
    )
    assert (install, result.returncode) == ("install", 0), result.stderr
    (tmp_path / "all.yaml").write_text(result.stdout)
    assert complaint(schemas, tmp_path / "all.yaml") == ""
    kinds = [each["kind"] for each in manifests(result.stdout)]
    assert (kinds.count("PrometheusRule"), kinds.count("ServiceMonitor"), kinds.count("ConfigMap")) == (2, 1, 2)
