"""Rules for the ruler of Mimir: the groups of the rules files, with a namespace for each company."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from exporter.generate.mimir import namespaces
from tests.generate.command_line import generate
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml


def test_each_rules_file_is_a_namespace_with_the_same_groups(all_texts: Mapping[str, str]) -> None:
    made = {path: read_yaml(text) for path, text in namespaces(all_texts).items()}
    rules = {path: read_yaml(text) for path, text in all_texts.items() if path.endswith(".rules.yml")}
    assert len(made) == len(rules) == 6
    for path, document in rules.items():
        name = path.removeprefix("rules/").removesuffix(".rules.yml")
        assert made[f"mimir/{name}.yaml"] == {"namespace": f"kpi-{name}", **document}


def test_the_command_writes_them_alone_and_removes_what_is_gone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    kpis = {"uptime": {"unit": "ratio", "critical": "< 99.5%"}}
    acme, other = (write(tmp_path, name, kpis) for name in ("acme", "other"))
    assert generate(out, acme, "--format", "mimir").exit_code == 0
    assert {path.name for path in out.rglob("*.yaml")} == {"acme.yaml", "exporter.yaml"}
    assert "removed mimir/acme.yaml" in generate(out, other, "--format", "mimir").output
