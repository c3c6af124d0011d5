"""`kpi-exporter generate --format prometheus-rule`: manifests that the operator takes, with the same rules."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from click.testing import Result
from jsonschema import Draft4Validator, ValidationError

from exporter import conventions
from exporter.generate.kubernetes import MOST_BYTES, Cluster, manifests, resource_name
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import MARK
from tests.generate.command_line import files, generate
from tests.servers.promtool import run
from tests.support.synthetic_company import KPIS, write
from tests.support.yaml_text import read_yaml

pytestmark = [pytest.mark.slow, pytest.mark.newest]

DEFINITIONS = Path(__file__).parent.parent / "data" / "prometheus-operator"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
FEW = {kpi: KPIS[kpi] for kpi in ("uptime", "plain")}

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifests_by_path(all_texts: Mapping[str, str]) -> Mapping[str, Manifest]:
    """Make the manifests of the synthetic company and those that ship."""
    texts = manifests(all_texts, Cluster("monitoring", {"release": "prometheus"}))
    return {path: read_yaml(text) for path, text in texts.items()}


def of_kind(manifests_by_path: Mapping[str, Manifest], kind: str) -> Mapping[str, Manifest]:
    return {path: each for path, each in manifests_by_path.items() if each["kind"] == kind}


def operator(out: Path, *arguments: str | Path) -> Result:
    return generate(out, *arguments, "--format", "prometheus-rule")


def validator(kind: str) -> Draft4Validator:
    """Return a validator as strict as the API server's: the definition's schema, without unknown fields."""
    (definition,) = (
        document
        for path in DEFINITIONS.glob("*.yaml")
        if (document := read_yaml(path.read_text()))["spec"]["names"]["kind"] == kind
    )
    (version,) = (each for each in definition["spec"]["versions"] if each["name"] == "v1")
    return Draft4Validator(closed(version["schema"]["openAPIV3Schema"]))


def closed(schema: Any) -> Any:
    """Close the schema's objects against unknown fields; the API server itself checks `metadata`."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(each) for key, each in schema.items()}
    if isinstance(shut.get("properties"), dict) and "additionalProperties" not in shut:
        shut["additionalProperties"] = bool(shut.get("x-kubernetes-preserve-unknown-fields"))
    return shut


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["PrometheusRule", "ServiceMonitor"])
def test_the_operators_definition_takes_every_manifest(manifests_by_path: Mapping[str, Manifest], kind: str) -> None:
    of_this_kind = of_kind(manifests_by_path, kind)
    assert of_this_kind
    for path, manifest in of_this_kind.items():
        assert list(validator(kind).iter_errors(manifest)) == [], path
        assert manifest["apiVersion"] == "monitoring.coreos.com/v1"


MISTAKES: dict[str, tuple[str, Callable[[Manifest], object]]] = {
    "misspelt field of a rule": ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].update(sumary="x")),
    "number for a text": ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0]["labels"].update(tier=1)),
    "interval that is none": ("PrometheusRule", lambda spec: spec["groups"][0].update(interval="often")),
    "rule without expression": ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].pop("expr")),
    "group without name": ("PrometheusRule", lambda spec: spec["groups"][0].pop("name")),
    "misspelt field of the scrape": ("ServiceMonitor", lambda spec: spec["endpoints"][0].update(intervall="1m")),
    "text for a switch": ("ServiceMonitor", lambda spec: spec["endpoints"][0].update(honorLabels="yes")),
    "nothing selected": ("ServiceMonitor", lambda spec: spec.pop("selector")),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_definition_refuses_a_manifest_with_a_mistake(
    manifests_by_path: Mapping[str, Manifest], mistake: str
) -> None:
    kind, spoil = MISTAKES[mistake]
    spoilt = copy.deepcopy(next(iter(of_kind(manifests_by_path, kind).values())))
    spoil(spoilt["spec"])
    with pytest.raises(ValidationError):
        validator(kind).validate(spoilt)


def test_the_rules_are_those_of_the_rules_files(
    all_texts: Mapping[str, str], manifests_by_path: Mapping[str, Manifest]
) -> None:
    plain = {path: read_yaml(text) for path, text in all_texts.items() if path.endswith(".rules.yml")}
    names = {path.removeprefix("rules/").removesuffix(".rules.yml"): rules for path, rules in plain.items()}
    made = {
        path.removeprefix("kubernetes/").removesuffix(".rules.yaml"): copy.deepcopy(each["spec"])
        for path, each in of_kind(manifests_by_path, "PrometheusRule").items()
    }
    renamed = set()
    for name, document in names.items():
        for group, of_cluster in zip(document["groups"], made[name]["groups"], strict=True):
            for rule, other in zip(group["rules"], of_cluster["rules"], strict=True):
                if "alert" in rule:
                    assert other["labels"].pop("namespace") == "monitoring"
                    assert other["alert"].startswith(rule["alert"])
                    renamed |= {(rule["alert"], other["alert"])} if other["alert"] != rule["alert"] else set()
                    other["alert"] = rule["alert"]
    assert made == names
    assert {("KpiUptimeLow", "KpiUptimeLowAcme"), ("KpiUptimeLow", "KpiUptimeLowVmcloud")} < renamed
    assert not any(alert in conventions.DATA_ALERTS for alert, _ in renamed)


@pytest.mark.integration
def test_promtool_takes_the_groups_as_the_operator_passes_them_on(
    manifests_by_path: Mapping[str, Manifest], tmp_path: Path
) -> None:
    specs = [each["spec"] for each in of_kind(manifests_by_path, "PrometheusRule").values()]
    for index, spec in enumerate(specs):
        (tmp_path / f"{index}.yml").write_text(yaml.safe_dump(spec))
    code, output = run("check", "rules", "--lint-fatal", *sorted(tmp_path.glob("*.yml")))
    assert code == 0, output
    count = sum(len(group["rules"]) for spec in specs for group in spec["groups"])
    assert sum(map(int, re.findall(r"SUCCESS: (\d+) rules found", output))) == count > 0


def test_braces_of_templates_survive(manifests_by_path: Mapping[str, Manifest]) -> None:
    rules = [
        rule
        for each in of_kind(manifests_by_path, "PrometheusRule").values()
        for group in each["spec"]["groups"]
        for rule in group["rules"]
        if rule.get("alert") == "KpiPlainHighAcme"
    ]
    (rule,) = rules
    assert 'Anything in {{ "{{" }} braces' in rule["annotations"]["summary"]
    assert "$value" in rule["annotations"]["description"]


def test_boards_are_maps_that_grafanas_sidecar_finds(
    all_texts: Mapping[str, str], manifests_by_path: Mapping[str, Manifest]
) -> None:
    boards = {
        path: text for path, text in all_texts.items() if PurePosixPath(path).match("grafana/dashboards/*/*.json")
    }
    maps = list(of_kind(manifests_by_path, "ConfigMap").values())
    assert sorted(text for each in maps for text in each["data"].values()) == sorted(boards.values())
    for each in maps:
        assert each["metadata"]["labels"]["grafana_dashboard"] == "1"
        ((key, text),) = each["data"].items()
        assert re.fullmatch(r"[-._a-zA-Z0-9]+", key)
        assert each["metadata"]["annotations"] == {"grafana_folder": json.loads(text)["tags"][1]}
        assert len(key) + len(text.encode()) <= 1024 * 1024
    keys = [key for each in maps for key in each["data"]]
    assert len(set(keys)) == len(keys)


def test_names_namespace_and_labels(manifests_by_path: Mapping[str, Manifest]) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in manifests_by_path.values()]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for _, name in names)
    for each in manifests_by_path.values():
        assert each["metadata"]["namespace"] == "monitoring"
        assert (
            each["metadata"]["labels"].items()
            >= {"release": "prometheus", "app.kubernetes.io/name": "kpi-exporter"}.items()
        )


def test_the_scrape_has_the_job_on_which_rules_rely(manifests_by_path: Mapping[str, Manifest]) -> None:
    """Check the label that `jobLabel` names, by which the monitor selects services and the operator sets the job."""
    (manifest,) = of_kind(manifests_by_path, "ServiceMonitor").values()
    spec = manifest["spec"]
    assert spec["selector"]["matchLabels"][spec["jobLabel"]] == "kpi-exporter"
    (endpoint,) = spec["endpoints"]
    assert endpoint == {"port": "metrics", "path": "/metrics", "interval": INTERVAL, "honorLabels": True}


def test_every_manifest_says_that_it_is_generated_and_is_stable(texts: Mapping[str, str]) -> None:
    backwards = dict(sorted(texts.items(), reverse=True))
    first, second = (manifests(each, Cluster()) for each in (texts, backwards))
    assert [path for path, text in first.items() if not text.startswith(f"# {MARK}\n")] == []
    assert list(first.items()) == list(second.items())
    assert all("namespace" not in read_yaml(text)["metadata"] for text in first.values())


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("kpi", "acme", "wall"), "kpi-acme-wall"),
        (("kpi", "acme-"), "kpi-acme-5321e5db"),
        (("kpi", "acme", "by_area"), "kpi-acme-by-area-35b0be7b"),
    ],
)
def test_a_name_is_the_parts_or_has_their_digest(parts: tuple[str, ...], name: str) -> None:
    assert resource_name(*parts) == name


def test_long_names_are_cut_and_stay_apart() -> None:
    one, other = (resource_name("kpi", "a" * 70 + end) for end in "xy")
    assert one != other
    assert NAME.fullmatch(one)
    assert NAME.fullmatch(other)


def test_a_board_that_the_cluster_would_refuse_for_its_size_is_refused_here() -> None:
    path = "grafana/dashboards/acme/wall.json"
    assert len(manifests({path: "x" * MOST_BYTES}, Cluster())) == 2
    with pytest.raises(ValueError, match=rf"{path} has [\d,]+ bytes, and a ConfigMap takes [\d,]+"):
        manifests({path: "x" * (MOST_BYTES + 1)}, Cluster())


def test_rules_that_are_too_many_for_one_resource_are_in_several() -> None:
    groups: list[dict[str, Any]] = [
        {"name": area, "interval": "1m", "rules": [_record(f"{area}_{place}", long) for place in range(count)]}
        for area, count, long in (("few", 3, 10), ("many", 300, 10_000), ("last", 2, 10))
    ]
    made = manifests({"rules/acme.rules.yml": yaml.safe_dump({"groups": groups})}, Cluster())
    of_rules = {path: read_yaml(text) for path, text in made.items() if path.endswith(".rules.yaml")}
    assert list(of_rules)[:2] == ["kubernetes/acme.2.rules.yaml", "kubernetes/acme.3.rules.yaml"]
    assert all(len(yaml.safe_dump(each["spec"], width=10**6).encode()) <= 512 * 1024 for each in of_rules.values())
    names = [each["metadata"]["name"] for each in of_rules.values()]
    parts = [group for each in of_rules.values() for group in each["spec"]["groups"]]
    recorded = [rule["record"] for group in parts for rule in group["rules"]]
    assert sorted(recorded) == sorted(rule["record"] for group in groups for rule in group["rules"])
    assert len({group["name"] for group in parts}) == len(parts)
    assert len(set(names)) == len(names) > 5
    huge = yaml.safe_dump({"groups": [{"name": "huge", "rules": [_record("a", 600_000)]}]})
    with pytest.raises(ValueError, match="one rule of huge has more than 524,288 bytes"):
        manifests({"rules/acme.rules.yml": huge}, Cluster())


def _record(name: str, long: int) -> dict[str, str]:
    return {"record": f"a:{name}:b", "expr": "x" * long}


@pytest.mark.slow
def test_the_command_keeps_a_folder_in_step(tmp_path: Path) -> None:
    catalogue, out = write(tmp_path, "acme", FEW), tmp_path / "out"
    assert generate(out, catalogue).exit_code == 0
    plain = files(out)
    result = operator(out, catalogue, "--namespace", "kpi", "--label", "release=prometheus")
    assert result.exit_code == 0, result.output
    added = files(out) - plain
    assert added >= {
        "kubernetes/acme.rules.yaml",
        "kubernetes/acme.wall.dashboard.yaml",
        "kubernetes/exporter.servicemonitor.yaml",
    }
    assert {path.split("/")[0] for path in added} == {"kubernetes"}
    assert plain < files(out)
    monitor = read_yaml((out / "kubernetes/exporter.servicemonitor.yaml").read_text())
    assert (monitor["metadata"]["namespace"], monitor["metadata"]["labels"]["release"]) == ("kpi", "prometheus")
    assert generate(out, catalogue, "--check").exit_code == 0  # manifests are no leftovers of the other format
    again = operator(out, catalogue, "--namespace", "kpi", "--label", "release=prometheus", "--check")
    assert (again.exit_code, again.output) == (0, "")
    elsewhere = operator(out, catalogue, "--namespace", "other", "--check")
    assert elsewhere.exit_code == 1
    assert "+  namespace: other" in elsewhere.output


def test_the_manifests_of_a_company_that_is_gone_are_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    acme, other = (write(tmp_path, name, FEW) for name in ("acme", "other"))
    assert operator(out, acme, other).exit_code == 0
    assert "removed kubernetes/other.rules.yaml\n" in operator(out, acme).output
    assert "kubernetes/other.rules.yaml" not in files(out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--namespace", "Monitoring"),
            "'Monitoring' is not a name of a namespace; write at most 63 lower-case letters",
        ),
        (("--namespace", "-x"), "'-x' is not a name of a namespace"),
        (("--label", "release"), "'release' is not a label; write KEY=VALUE, such as release=prometheus"),
        (("--label", "re lease=x"), "'re lease=x' is not a label of Kubernetes; write for example release=prometheus"),
        (("--label", "release=prometheus!"), "'release=prometheus!' is not a label"),
    ],
)
def test_what_kubernetes_would_refuse_is_said(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = operator(tmp_path / "out", write(tmp_path, "acme", FEW), *arguments)
    assert result.exit_code == 1
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_a_namespace_is_only_of_manifests(tmp_path: Path) -> None:
    result = generate(tmp_path / "out", write(tmp_path, "acme", FEW), "--namespace", "kpi")
    assert result.exit_code == 2
    assert "--namespace and --label are of manifests; add --format prometheus-rule" in result.output
