"""`compose.yaml`: what it mounts is there, its services find each other, and the servers take their configuration."""

from __future__ import annotations

import json
import re
import runpy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from exporter.conventions import JOB, PROMETHEUS_FILE
from exporter.generate.grafana.provisioning import BOARDS
from tests.servers import amtool, promtool
from tests.servers.alertmanager import Alertmanager

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SERVICES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
PROMETHEUS = yaml.safe_load((ROOT / PROMETHEUS_FILE).read_text())


def mounts(service: str) -> Iterator[tuple[str, str]]:
    """Yield where each mounted file or folder is in the repository, and where it is in the container."""
    for volume in SERVICES[service]["volumes"]:
        source, target, *_ = volume.split(":")
        if source.startswith("."):
            yield source, target


def inside(service: str, path: str) -> Path:
    """Return the file of the repository that the container sees under a path."""
    for source, target in mounts(service):
        if path == target or path.startswith(f"{target}/"):
            return ROOT / source / path.removeprefix(target).lstrip("/")
    raise LookupError(f"{service} has nothing mounted at {path}")


def listens(service: str) -> set[str]:
    """Return the ports of the container that are published."""
    return {published.rpartition(":")[2] for published in SERVICES[service]["ports"]}


def test_everything_that_is_mounted_is_there_and_cannot_be_changed() -> None:
    for service in SERVICES:
        for volume in SERVICES[service]["volumes"]:
            if volume.startswith("."):
                assert volume.endswith(":ro"), volume
        for source, _ in mounts(service):
            assert (ROOT / source).exists(), source


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service["ports"]]
    assert published
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in published)


def test_images_are_pinned_and_services_say_when_they_are_ready() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for name, service in SERVICES.items():
        if "image" in service:
            assert re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+", service["image"])
        else:
            assert "HEALTHCHECK" in dockerfile, name
        assert service["healthcheck"]["test"][0] == "CMD"
        for other, waits in service.get("depends_on", {}).items():
            assert (other in SERVICES, waits) == (True, {"condition": "service_healthy"})


def test_no_service_has_more_than_it_needs() -> None:
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert (service["pids_limit"] > 0, "mem_limit" in service) == (True, True), name
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name
        assert service["restart"] == "unless-stopped", name
        assert service.get("read_only") or name == "grafana", name
        assert "healthcheck" in service, name
        assert not any(key in service for key in ("privileged", "cap_add", "network_mode", "pid", "user")), name


def test_the_store_is_mounted_into_no_other_service() -> None:
    mounted = {name: {each.split(":")[0] for each in service["volumes"]} for name, service in SERVICES.items()}
    assert [name for name, volumes in mounted.items() if "exporter" in volumes] == ["exporter"]


def test_the_health_checks_tell_a_store_that_keeps_nothing() -> None:
    (check,) = re.findall(r"HEALTHCHECK[^\n]*\n\s*CMD (.*)", (ROOT / "Dockerfile").read_text())
    for text in (check, SERVICES["exporter"]["healthcheck"]["test"][-1]):
        assert "/-/ready" in text


def test_grafana_asks_nobody_outside() -> None:
    environment = SERVICES["grafana"]["environment"]
    off = ("CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES", "REPORTING_ENABLED", "FEEDBACK_LINKS_ENABLED")
    assert {environment[f"GF_ANALYTICS_{each}"] for each in off} == {"false"}
    assert environment["GF_NEWS_NEWS_FEED_ENABLED"] == environment["GF_SNAPSHOTS_EXTERNAL_ENABLED"] == "false"
    assert environment["GF_SECURITY_DISABLE_GRAVATAR"] == environment["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"


def test_the_bill_of_materials_has_each_package_of_the_lock_that_is_installed() -> None:
    bill = runpy.run_path(str(ROOT / "scripts/sbom.py"))["bill"](Path(sys.prefix))
    names = {each["purl"].partition("@")[0].removeprefix("pkg:pypi/") for each in bill["components"]}
    assert {"duckdb", "starlette", "kpi-exporter", "prometheus-client"} <= names
    assert all(each["version"] for each in bill["components"])
    assert bill["bomFormat"] == "CycloneDX"


def test_services_find_each_other() -> None:
    (scrape,) = PROMETHEUS["scrape_configs"]
    (alerting,) = PROMETHEUS["alerting"]["alertmanagers"]
    datasource = yaml.safe_load((ROOT / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"][
        0
    ]
    url = urlsplit(datasource["url"])
    addresses = [
        *scrape["static_configs"][0]["targets"],
        *alerting["static_configs"][0]["targets"],
        f"{url.hostname}:{url.port}",
    ]
    assert [(host in SERVICES, port in listens(host)) for host, port in (each.split(":") for each in addresses)] == [
        (True, True)
    ] * 3
    assert scrape["job_name"] == JOB


def test_the_programs_are_started_with_files_that_are_mounted() -> None:
    for service in ("prometheus", "alertmanager"):
        (config,) = (
            each.partition("=")[2] for each in SERVICES[service]["command"] if each.startswith("--config.file=")
        )
        assert inside(service, config).is_file()


def test_grafana_shows_the_wall_first_and_finds_all_boards() -> None:
    environment = SERVICES["grafana"]["environment"]
    home = inside("grafana", environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert "kpi-wall" in json.loads(home.read_text())["tags"]
    assert inside("grafana", BOARDS) == ROOT / "grafana/dashboards"
    for kind in ("dashboards", "datasources"):
        assert list(inside("grafana", f"/etc/grafana/provisioning/{kind}").glob("*.yaml"))
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_promtool_takes_the_configuration_with_all_its_rules() -> None:
    code, output = promtool.run("check", "config", ROOT / PROMETHEUS_FILE)
    rules = sorted(path.name for path in (ROOT / "rules").glob("*.rules.yml"))
    assert sorted(PROMETHEUS["rule_files"]) == rules
    assert (code, output.count("rules found")) == (0, len(rules)), output


def test_amtool_takes_the_configuration() -> None:
    code, output = amtool.check(ROOT / "rules/alertmanager.yml")
    assert code == 0, output


def test_alertmanager_starts_without_the_secrets_that_its_configuration_names(tmp_path: Path) -> None:
    """They are read when somebody is told."""
    text = (ROOT / "rules/alertmanager.yml").read_text()
    assert "/etc/alertmanager/secrets/" in text
    (tmp_path / "templates").symlink_to(ROOT / "rules/templates")
    with Alertmanager(tmp_path, text) as alertmanager:
        assert alertmanager.alerts() == []
