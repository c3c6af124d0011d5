"""The kustomize base: the chart's own manifests, which an overlay completes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load_all, shipped_file
from exporter.generate.kubernetes import Cluster, manifests
from exporter.generate.registry import generated
from tests.deploy import base
from tests.deploy.schemas import complaint
from tests.servers import go_program, promtool
from tests.support.folders import write_all
from tests.support.yaml_text import read_yaml

EXAMPLE = base.KUSTOMIZE / "example"


def kustomizations() -> list[Path]:
    return sorted(base.KUSTOMIZE.rglob("kustomization.yaml"))


def test_each_names_files_that_exist_and_leaves_none_out() -> None:
    """Look at each folder: what is not named is not installed."""
    assert len(kustomizations()) == 4
    for file in kustomizations():
        document = read_yaml(file.read_text())
        named = [*document.get("resources", []), *document.get("components", [])]
        named += [each for made in document.get("configMapGenerator", []) for each in made["files"]]
        assert all((file.parent / each).exists() for each in named), file
        here = {path.name for path in file.parent.glob("*.yaml")} - {"kustomization.yaml"}
        assert here <= set(named), file


def test_the_example_mounts_the_catalogue_that_it_makes() -> None:
    overlay = read_yaml((EXAMPLE / "kustomization.yaml").read_text())
    (made,) = overlay["configMapGenerator"]
    pod = read_yaml((base.KUSTOMIZE / "base/statefulset.yaml").read_text())["spec"]["template"]["spec"]
    mounted = [volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume]
    assert mounted == [made["name"]]
    assert pod["containers"][0]["args"][-1].endswith(f"/{made['files'][0]}")
    assert pod["containers"][0]["image"].split(":")[0] == overlay["images"][0]["name"]


def test_the_catalogue_of_the_example_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_KEY", "sk_test_1")
    assert load_all([EXAMPLE / "company.yaml"]).keys() == {"acme"}


@pytest.mark.exhaustive
@pytest.mark.integration
def test_the_base_is_what_the_chart_installs() -> None:
    """Write it anew by `python -m tests.deploy.base`."""
    made = base.manifests()
    assert {path: (base.KUSTOMIZE / path).read_text() for path in made} == made


@pytest.mark.exhaustive
@pytest.mark.integration
def test_kubernetes_knows_every_field_of_what_the_example_builds(schemas: Path, tmp_path: Path) -> None:
    """Build it with a company's generated rules and a board beside it, as its comments say."""
    shutil.copytree(base.KUSTOMIZE, tmp_path / "kustomize")
    overlay = tmp_path / "kustomize" / "example"
    texts = generated(list(load_all([shipped_file("vmcloud")]).values()))
    write_all(overlay, manifests(texts, Cluster("monitoring", {"release": "prometheus"})))
    parts = ("vmcloud.rules", "exporter.rules", "vmcloud.wall.dashboard")
    document = read_yaml((overlay / "kustomization.yaml").read_text())
    document["resources"] += [f"kubernetes/{part}.yaml" for part in parts]
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(document))
    text = built(overlay)
    (tmp_path / "all.yaml").write_text(text)
    assert complaint(schemas, tmp_path / "all.yaml") == ""
    resources: list[dict[str, Any]] = list(yaml.safe_load_all(text))
    assert {each["metadata"]["namespace"] for each in resources} == {"monitoring"}
    kinds = [each["kind"] for each in resources]
    assert (kinds.count("PrometheusRule"), kinds.count("ConfigMap"), kinds.count("StatefulSet")) == (2, 2, 1)
    for each in resources:
        if each["kind"] == "PrometheusRule":
            (tmp_path / f"{each['metadata']['name']}.rules.yml").write_text(yaml.safe_dump(each["spec"]))
    code, output = promtool.run("check", "rules", "--lint-fatal", *sorted(tmp_path.glob("*.rules.yml")))
    assert code == 0, output


def built(folder: Path) -> str:
    """Return what `kustomize build` makes of a folder."""
    kustomize = go_program.program("sigs.k8s.io/kustomize/kustomize/v5", "v5.7.1")
    return subprocess.run([str(kustomize), "build", str(folder)], check=True, capture_output=True, text=True).stdout
