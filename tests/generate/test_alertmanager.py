"""Alertmanager's configuration: amtool accepts it, channels read secrets from files, hours and texts are right."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load
from exporter.generate.registry import generated
from tests.generate.notified import ALERTING, PEOPLE, SECRETS, company
from tests.servers import amtool, releases
from tests.support.folders import write_all
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.newest

Config = dict[str, Any]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return _config(tmp_path_factory.mktemp("config"))


def _config(folder: Path, **sections: Any) -> Config:
    write_all(folder, generated([company(folder, **sections)]))
    loaded: Config = read_yaml((folder / "rules/alertmanager.yml").read_text())
    return loaded


def _receivers(config: Config) -> Mapping[str, Config]:
    return {receiver["name"]: receiver for receiver in config["receivers"]}


@pytest.mark.integration
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns"])
def test_amtool_accepts_it_with_its_templates(tmp_path: Path, zone: str) -> None:
    _config(tmp_path, timezone=zone)
    code, output = amtool.check(tmp_path / "rules/alertmanager.yml")
    assert code == 0, output
    assert "1 templates" in output


@pytest.mark.integration
def test_amtool_accepts_that_of_all_companies(tree: Path) -> None:
    code, output = amtool.check(tree / "rules/alertmanager.yml")
    assert code == 0, output


def test_channels_of_each_kind(config: Config) -> None:
    channels = {
        name: {key.removesuffix("_configs") for key in receiver if key != "name"}
        for name, receiver in _receivers(config).items()
    }
    assert channels == {
        "acme/platform/page": {"pagerduty"},
        "acme/platform/ticket": {"slack", "webhook"},
        "acme/platform/digest": {"slack"},
        "acme/the shop/page": {"pagerduty"},  # the default's, for the shop has none
        "acme/the shop/ticket": {"email", "webhook"},
        "acme/the shop/digest": {"email"},
        "acme/finance/ticket": {"email"},
        "acme/finance/digest": {"email"},
        "acme/watchdog": {"webhook"},
    }


def test_a_page_goes_to_every_channel_where_nobody_has_pagerduty(tmp_path: Path) -> None:
    people = {**PEOPLE, "platform": {key: PEOPLE["platform"][key] for key in ("slack", "webhook")}}
    receivers = _receivers(_config(tmp_path, people=people))
    assert set(receivers["acme/platform/page"]) == {"name", "slack_configs", "webhook_configs"}
    assert set(receivers["acme/the shop/page"]) == {"name", "email_configs", "webhook_configs"}


def test_a_digest_goes_to_a_webhook_that_is_the_only_channel(tmp_path: Path) -> None:
    people = {**PEOPLE, "the shop": {"webhook": PEOPLE["the shop"]["webhook"]}}
    assert set(_receivers(_config(tmp_path, people=people))["acme/the shop/digest"]) == {"name", "webhook_configs"}


def test_secrets_are_named_by_their_files_only(config: Config) -> None:
    values_by_key = dict(_leaves(config["receivers"]))
    secret = {key for key in values_by_key if re.search(r"key|token|password|credential|api_url", key)}
    assert secret == {"routing_key_file", "api_url_file", "auth_password_file", "credentials_file"}
    assert {values_by_key[key] for key in secret} == {
        f"{SECRETS}/{name}" for name in ("pagerduty", "slack", "smtp", "tickets")
    }


def _leaves(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    assert isinstance(value, dict)
    nested = [leaf for item in value.values() if isinstance(item, dict | list) for leaf in _leaves(item)]
    return [*nested, *((key, item) for key, item in value.items() if not isinstance(item, dict | list))]


def test_everything_but_a_digest_says_when_it_is_over(config: Config) -> None:
    for name, receiver in _receivers(config).items():
        flags = [each["send_resolved"] for key, configs in receiver.items() if key != "name" for each in configs]
        assert flags == [name.rsplit("/", 1)[1] not in ("digest", "watchdog")] * len(flags), name


def test_hours_are_the_companys_own(config: Config) -> None:
    assert config["time_intervals"] == [
        {
            "name": "acme/business-hours",
            "time_intervals": [
                {
                    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "sunday"],
                    "times": [{"start_time": "08:30", "end_time": "16:00"}],
                    "location": "Europe/Berlin",
                }
            ],
        },
        {
            "name": "acme/digest",
            "time_intervals": [
                {
                    "weekdays": ["tuesday", "friday"],
                    "times": [{"start_time": "07:30", "end_time": "08:30"}],
                    "location": "Europe/Berlin",
                }
            ],
        },
        {
            "name": "acme/month-close",
            "time_intervals": [{"days_of_month": ["1:4"], "location": "Europe/Berlin"}],
        },
    ]


def test_hours_that_nobody_wrote_are_those_of_an_office(tmp_path: Path) -> None:
    config = _config(tmp_path, alerting={key: ALERTING[key] for key in ("default", "smtp")})
    hours, digest = config["time_intervals"]
    (week,) = hours["time_intervals"]
    assert week["weekdays"] == ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert week["times"] == [{"start_time": "09:00", "end_time": "17:00"}]
    assert digest["time_intervals"][0]["weekdays"] == ["monday"]


def test_a_deployment_overrides_what_differs(tmp_path: Path) -> None:
    company(tmp_path)
    text = """
        extends: acme.yaml
        people: {finance: null, platform: {slack: {channel: "#sre"}}}
        alerting: {month_close: null, business_hours: {hours: 10:00 to 24:00}}
    """
    (tmp_path / "deployed.yaml").write_text(text)
    texts = generated([load(tmp_path / "deployed.yaml")])
    config = read_yaml(texts["rules/alertmanager.yml"])
    receivers = _receivers(config)
    assert "acme/finance/ticket" not in receivers
    (slack,) = receivers["acme/platform/ticket"]["slack_configs"]
    assert (slack["channel"], slack["api_url_file"]) == ("#sre", f"{SECRETS}/slack")
    assert [interval["name"] for interval in config["time_intervals"]] == ["acme/business-hours", "acme/digest"]
    (week,) = config["time_intervals"][0]["time_intervals"]
    assert (week["weekdays"][-1], week["times"]) == ("sunday", [{"start_time": "10:00", "end_time": "24:00"}])


def test_two_alerts_never_mute_each_other(config: Config) -> None:
    """Require that no KPI alert inhibits what inhibits it; otherwise Alertmanager would send neither."""
    for rule in config["inhibit_rules"]:
        if any("severity" in matcher for matcher in rule["source_matchers"]):
            (names,) = [matcher for matcher in rule["target_matchers"] if matcher.startswith("alertname")]
            assert names.startswith("alertname!~")
            assert "KpiSourceOverdue" in names
            assert "KpiUnknown" in names


MODERN = {
    "platform": {
        "opsgenie": {"api_key_file": f"{SECRETS}/opsgenie", "api_url": "https://api.eu.opsgenie.com/"},
        "teams": {"webhook_url_file": f"{SECRETS}/teams"},
    },
    "the shop": {
        "email": ["shop@example.com", "owner@example.com"],
        "pagerduty": {"routing_key_file": f"{SECRETS}/pagerduty"},
    },
    "finance": {"slack": PEOPLE["platform"]["slack"]},
}
"""People who use what `PEOPLE` do not; Alertmanager knows the channel of Teams from 0.28 on."""


def test_teams_opsgenie_and_several_addresses(tmp_path: Path) -> None:
    receivers = _receivers(_config(tmp_path, people=MODERN))
    (paged,) = receivers["acme/platform/page"]["opsgenie_configs"]
    assert (paged["api_key_file"], paged["api_url"]) == (f"{SECRETS}/opsgenie", "https://api.eu.opsgenie.com/")
    (posted,) = receivers["acme/platform/ticket"]["msteamsv2_configs"]
    assert (posted["webhook_url_file"], posted["send_resolved"]) == (f"{SECRETS}/teams", True)
    assert set(receivers["acme/the shop/page"]) == {"name", "pagerduty_configs"}
    (mailed,) = receivers["acme/the shop/ticket"]["email_configs"]
    assert mailed["to"] == "shop@example.com, owner@example.com"


@pytest.mark.exhaustive
@pytest.mark.integration
def test_the_newest_amtool_accepts_every_channel(tmp_path: Path) -> None:
    _config(tmp_path, people=MODERN)
    command = [releases.newest_amtool(), "check-config", str(tmp_path / "rules/alertmanager.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_template_that_is_used_is_defined(tmp_path: Path) -> None:
    config = _config(tmp_path, people=MODERN)
    texts = generated([company(tmp_path)])
    words = "".join(text for path, text in texts.items() if path.endswith(".tmpl"))
    defined = re.findall(r'{{ define "([^"]+)"', words)
    used = set(re.findall(r'{{ ?template "([^"]+)"', words + yaml.safe_dump(config["receivers"], width=10_000)))
    assert len(defined) == len(set(defined))
    assert used == set(defined)
