"""The exporter with a web configuration, as a real Prometheus, Chromium and promtool meet it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Error, sync_playwright

from tests.servers import promtool
from tests.servers.exporter_process import COMMAND
from tests.servers.process import Process, free_port, program, wait_until
from tests.servers.prometheus import Prometheus
from tests.web.access.certificates import HASH, PASSWORD, replace_text, write_authority, write_certificate

pytestmark = [pytest.mark.integration, pytest.mark.newest]

COMPANY = """
company: acme
title: Acme
currency: EUR
timezone: UTC
launch: 2024-01-01
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
sources:
  s: {type: files, every: 1s, measures: {one: {path: d.csv, query: SELECT 1 AS value, unit: count}}}
kpis:
  one: {title: One, area: a, definition: d, unit: count, window: now, cadence: daily}
"""
WEB = f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: %s
  client_ca_file: ca.pem
basic_auth_users: {{prometheus: {HASH}, alice: {HASH}}}
http_server_config:
  headers: {{X-Frame-Options: deny}}
rate_limit: {{interval: 1ms, burst: 1000}}
"""
SCRAPES = """
global: {{{{scrape_interval: 1s, scrape_timeout: 1s}}}}
scrape_configs:
  - job_name: right
    scheme: https
    basic_auth: {{{{username: prometheus, password: {password}}}}}
    tls_config: {{{{ca_file: {folder}/ca.pem, cert_file: {folder}/client.pem, key_file: {folder}/client.key}}}}
    static_configs: [{{{{targets: ["{address}"]}}}}]
  - job_name: wrong_password
    scheme: https
    basic_auth: {{{{username: prometheus, password: wrong}}}}
    tls_config: {{{{ca_file: {folder}/ca.pem, cert_file: {folder}/client.pem, key_file: {folder}/client.key}}}}
    static_configs: [{{{{targets: ["{address}"]}}}}]
  - job_name: no_certificate
    scheme: https
    basic_auth: {{{{username: prometheus, password: {password}}}}}
    tls_config: {{{{ca_file: {folder}/ca.pem}}}}
    static_configs: [{{{{targets: ["{address}"]}}}}]
"""


class Secured:
    """`kpi-exporter run` with a web configuration and rights in `folder`."""

    def __init__(self, folder: Path, client_auth_type: str) -> None:
        self.folder, self.address = folder, f"127.0.0.1:{free_port()}"
        self.url = f"https://{self.address}"
        authority = write_authority(folder)
        write_certificate(folder, authority, "server", "127.0.0.1")
        write_certificate(folder, authority, "client", "prometheus.example.com")
        (folder / "acme.yaml").write_text(COMPANY)
        (folder / "d.csv").write_text("value\n1\n")
        (folder / "web.yml").write_text(WEB % client_auth_type)
        (folder / "access.yml").write_text("users: {prometheus: {may: scrape}, alice: {}}\n")
        files = ["--web.config.file", str(folder / "web.yml"), "--web.access.file", str(folder / "access.yml")]
        store = ["--listen", self.address, "--store", str(folder / "kpi.duckdb")]
        self._process = Process([*COMMAND, "run", str(folder / "acme.yaml"), *store, *files], folder / "exporter.log")
        self._process.wait_until(lambda: self.status("/-/ready") == 200)

    def __enter__(self) -> Secured:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end(signal.SIGTERM)

    def status(self, path: str, user: str = "alice", password: str = PASSWORD) -> int | None:
        with requests.Session() as session:
            session.trust_env = False
            session.verify, session.auth = str(self.folder / "ca.pem"), (user, password)
            session.cert = (str(self.folder / "client.pem"), str(self.folder / "client.key"))
            try:
                return session.get(self.url + path, timeout=10).status_code
            except requests.ConnectionError:
                return None


def test_prometheus_scrapes_over_tls_as_a_user(tmp_path: Path) -> None:
    (tmp_path / "exporter").mkdir()
    (tmp_path / "prometheus").mkdir()
    with Secured(tmp_path / "exporter", "RequireAndVerifyClientCert") as exporter:
        config = SCRAPES.format(password=PASSWORD, folder=exporter.folder, address=exporter.address)
        with Prometheus(tmp_path / "prometheus", config) as server:
            wait_until(lambda: bool(server.query('kpi_one{job="right"} == 1')), "the scrape of a user")
            assert not server.query('up{job=~"wrong_password|no_certificate"} == 1')

            def error(job: str) -> str:
                targets = server.get("targets")["activeTargets"]
                return next(str(each["lastError"]) for each in targets if each["labels"]["job"] == job)

            wait_until(lambda: "401" in error("wrong_password"), "the scrape with a wrong password")
            wait_until(lambda: error("no_certificate") != "", "the scrape without a certificate")
            assert error("right") == ""
            replace_text(exporter.folder / "web.yml", "basic_auth_users: {prometheus: none}\n")
            refused = 'kpi_exporter_web_config_last_reload_successful{job="right"} == 0'
            wait_until(lambda: bool(server.query(refused)), "the metric of a wrong file")
            (exporter.folder / "web.yml").unlink()
            assert exporter.status("/metrics", "prometheus") == 200, (
                "neither a wrong nor a missing file changes anything"
            )
            renewed = (WEB % "RequireAndVerifyClientCert").replace(f"prometheus: {HASH}, ", "")
            replace_text(exporter.folder / "web.yml", renewed)
            wait_until(lambda: bool(server.query('up{job="right"} == 0')), "the user's removal")
        assert exporter.status("/", "alice") == 200


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program("chromium", "chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


def test_chromium_reads_the_page_as_a_user(tmp_path: Path, chromium: Browser) -> None:
    with Secured(tmp_path, "RequireAndVerifyClientCert") as exporter:
        assert visit(chromium, exporter, "alice", PASSWORD) == (200, "Acme")
        assert visit(chromium, exporter, "prometheus", PASSWORD)[0] == 403
        assert visit(chromium, exporter, "alice", "wrong")[0] == 401
        write_certificate(tmp_path, write_authority(tmp_path, "foreign"), "client", "prometheus.example.com")
        with pytest.raises(Error, match="net::ERR_"):
            visit(chromium, exporter, "alice", PASSWORD)
        renewed = (WEB % "VerifyClientCertIfGiven").replace(f"alice: {HASH}", f"bob: {HASH}")
        replace_text(tmp_path / "web.yml", renewed)
        replace_text(tmp_path / "access.yml", "users: {bob: {}}\n")
        assert visit(chromium, exporter, "bob", PASSWORD, certificate=False) == (200, "Acme")
        assert visit(chromium, exporter, "alice", PASSWORD, certificate=False)[0] == 401


def visit(
    chromium: Browser, exporter: Secured, user: str, password: str, *, certificate: bool = True
) -> tuple[int, str]:
    """Return the status of the board and its title; its style must have come too, as the same user."""
    url, pair = exporter.url, (exporter.folder / "client.pem", exporter.folder / "client.key")
    context = chromium.new_context(
        ignore_https_errors=True,
        http_credentials={"username": user, "password": password},
        client_certificates=[{"origin": url, "certPath": pair[0], "keyPath": pair[1]}] if certificate else None,
    )
    page = context.new_page()
    answer = page.goto(f"{url}/")
    assert answer is not None
    heading = page.locator("h1").inner_text() if answer.status == 200 else ""
    if answer.status == 200:
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 10
        page.get_by_role("link", name="Sources").click()
        assert urlsplit(page.url).path == "/sources"
    context.close()
    return answer.status, heading


@pytest.mark.parametrize(
    ("web", "message"),
    [
        (None, "web.yml:1:1: cannot read the file: No such file or directory"),
        ("basic_auth_users: {a: b}\n", "web.yml:1:23: basic_auth_users.a: is not a bcrypt hash"),
        ("tls_server_config: {cert_file: a, key_file: b}\n", "web.yml:1:32: tls_server_config.cert_file: cannot read"),
        ("a: &a [*a]\n", "web.yml:1:"),
    ],
)
def test_a_web_configuration_that_cannot_be_used(tmp_path: Path, web: str | None, message: str) -> None:
    (tmp_path / "acme.yaml").write_text(COMPANY)
    if web is not None:
        (tmp_path / "web.yml").write_text(web)
    options = ["--listen", "127.0.0.1:0", "--web.config.file", "web.yml"]
    done = subprocess.run(
        [*COMMAND, "run", "acme.yaml", *options], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "kpi.duckdb").exists()


EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples" / "web").glob("web*.yml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.name))
def test_promtool_takes_the_examples(tmp_path: Path, file: Path) -> None:
    authority = write_authority(tmp_path)
    write_certificate(tmp_path, authority, "server", "127.0.0.1")
    (tmp_path / file.name).write_text(file.read_text())
    code, output = promtool.run("check", "web-config", tmp_path / file.name)
    assert (code, "SUCCESS" in output) == (0, True), output


def test_there_are_examples() -> None:
    assert [file.name for file in EXAMPLES] == ["web-certificates.yml", "web.yml"]
