"""docs/first-hour.md, followed word for word from an empty folder: a tile, an alert in Alertmanager, and a board."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.servers.process import Process, free_port, program, wait_until

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)
EDIT = "\n".join(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
SERVERS = ("kpi-exporter run", "prometheus ", "prometheus-alertmanager ")

pytestmark = [pytest.mark.integration, pytest.mark.process]


@dataclass
class Reader:
    """Follows the page in a folder; other ports than the page's, so that tests may run side by side."""

    folder: Path
    running: ExitStack
    ports: dict[str, int] = field(default_factory=lambda: {port: free_port() for port in ("9847", "9093", "9090")})
    outputs: dict[str, str] = field(default_factory=dict)

    def do(self, command: str) -> None:
        """Run a command to its end, or until it serves."""
        line = self.adapted(command)
        if command.startswith(SERVERS):
            self.serve(line)
            return
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        self.outputs[command] = done.stdout

    def serve(self, line: str) -> None:
        """Start a server with its port, and end it with the test."""
        words = shlex.split(line)
        if words[0] == "kpi-exporter":
            words[:1] = [sys.executable, "-c", "from exporter.cli import main; main()"]
            words += ["--listen", self.address("9847")]
        else:
            words[0] = program(words[0], words[0])
            port = "9093" if "alertmanager" in words[0] else "9090"
            words += [f"--web.listen-address={self.address(port)}", "--log.level=warn"]
            words += ["--cluster.listen-address="] if port == "9093" else []
        absolute = [re.sub(r"(^|=)acme", rf"\1{self.folder}/acme", word) for word in words]
        process = Process(absolute, self.folder / f"{len(self.outputs)}-{Path(words[0]).name}.log")
        self.running.callback(process.end)

    def adapted(self, command: str) -> str:
        """Return a command with the files and ports of this test, and a clock that ticks each second."""
        for port in self.ports:
            command = command.replace(f"127.0.0.1:{port}", self.address(port))
        if command.startswith("sed"):
            rules = " ".join(f"acme/generated/rules/{name}" for name in ("prometheus.yml", "*.rules.yml"))
            command += rf" && sed -i -E 's/(interval: )1m$/\11s/' {rules}"
        return command.replace("docs/examples", str(ROOT / "docs" / "examples"))

    def address(self, port: str) -> str:
        """Return the address that stands for a port of the page."""
        return f"127.0.0.1:{self.ports[port]}"

    def get(self, port: str, path: str, **params: str) -> Any:
        """Ask one of the servers; None until it answers."""
        try:
            answer = requests.get(f"http://{self.address(port)}{path}", params=params, timeout=5)
        except requests.RequestException:
            return None
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text

    @property
    def environ(self) -> dict[str, str]:
        """The environment, with the program on the path."""
        return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with ExitStack() as running:
        reader = Reader(tmp_path_factory.mktemp("first-hour"), running)
        for command in COMMANDS:
            reader.do(command)
            if command.startswith("kpi-exporter init"):
                catalogue = reader.folder / "acme" / "company.yaml"
                text = re.sub(r"# Other: \?.*", "Other: general", catalogue.read_text())
                assert "Other: general" in text
                catalogue.write_text(f"{text}\n{EDIT}")
        yield reader


def test_a_number_is_on_the_page_after_six_commands(reader: Reader) -> None:
    first = next(number for number, command in enumerate(COMMANDS, 1) if command.startswith("kpi-exporter run"))
    assert first <= 6
    wait_until(lambda: "MRR growth" in (reader.get("9847", "/") or ""), "the page")
    wait_until(lambda: _value(reader, "mrr") is not None, "MRR")
    (tried,) = (text for command, text in reader.outputs.items() if command.startswith("kpi-exporter try"))
    assert re.search(r"Monthly recurring revenue.*: €[\d,.]+", tried)
    wait_until(lambda: _value(reader, "gross_margin") is not None, "the gross margin")


def test_the_threshold_of_ones_own_fires_in_alertmanager(reader: Reader) -> None:
    def firing() -> bool:
        alerts = reader.get("9093", "/api/v2/alerts") or []
        return any(alert["labels"]["alertname"] == "KpiMrrGrowthLow" for alert in alerts)

    wait_until(firing, "KpiMrrGrowthLow in Alertmanager", 60)


def test_a_board_shows_the_number(reader: Reader) -> None:
    dashboards = reader.folder / "acme" / "generated" / "grafana" / "dashboards" / "acme"
    board = json.loads((dashboards / "overview.json").read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    (values,) = (each for each in expressions if "kpi_value{" in each and re.search(r"\bmrr\b", each))
    result = reader.get("9090", "/api/v1/query", query=values)["data"]["result"]
    by_kpi = {sample["metric"]["kpi"]: float(sample["value"][1]) for sample in result}
    assert by_kpi["mrr"] == _value(reader, "mrr")


def _value(reader: Reader, kpi: str) -> float | None:
    text = reader.get("9847", "/metrics") or ""
    match = re.search(rf'^kpi_{kpi}\w*{{company="acme"}} (\S+)$', text, re.MULTILINE)
    return float(match[1]) if match else None
