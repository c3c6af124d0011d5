"""Users, TLS, headers and the rate limit on a real server, and what happens when the files change."""

from __future__ import annotations

import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import bcrypt
import pytest
import requests

from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.access import passwords
from exporter.web.access.gate import AccessFiles
from exporter.web.access.settings import WebSettings
from tests.servers.process import wait_until
from tests.support.readings import acme, snapshot
from tests.support.web_server import StandInExporter, serve_exporter
from tests.web.access.certificates import HASH, PASSWORD, replace_text, write_authority, write_certificate

USERS = f"basic_auth_users: {{alice: {HASH}, prometheus: {HASH}, board: {HASH}, new: {HASH}}}\n"
RIGHTS = "users: {alice: {}, prometheus: {may: scrape}, board: {companies: [acme]}}\n"
ALICE = ("alice", PASSWORD)


def exporter_of_two() -> StandInExporter:
    first = acme()
    second = replace(first, company=replace(first.company, name="rival", title="Rival"))
    return StandInExporter(snapshot(first, second))


@contextmanager
def serving(folder: Path, web: str, access: str | None = None) -> Iterator[str]:
    (folder / "web.yml").write_text(web)
    if access is not None:
        (folder / "access.yml").write_text(access)
    files = AccessFiles(folder / "web.yml", None if access is None else folder / "access.yml")
    settings = WebSettings(files=files, lifecycle=True)
    with serve_exporter(exporter_of_two(), settings, refresh_seconds=0.05) as address:
        yield address


def status(url: str, auth: tuple[str, str] | None = None, method: str = "GET", **headers: str) -> int:
    encoded = {**headers}
    if auth:
        encoded["authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, headers=encoded, timeout=20).status_code


def test_only_users_with_their_password_come_in(tmp_path: Path) -> None:
    with serving(tmp_path, USERS) as site:
        for path in ("/", "/metrics", "/-/healthy", "/api/v1/kpis", "/nowhere"):
            assert status(site + path) == 401
        assert status(site, ALICE) == 200
        assert status(site, ("alice", "wrong")) == 401
        assert status(site, ("alice", "")) == 401
        assert status(site, ("nobody", PASSWORD)) == 401
        assert status(site, ("Alice", PASSWORD)) == 401
        answer = requests.get(site, timeout=10)
        assert answer.headers["www-authenticate"] == 'Basic realm="kpi-exporter", charset="UTF-8"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert status(f"{site}/-/reload", ALICE, "POST", origin="http://evil.example") == 403


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YWxpY2U=",
        "Bearer YWxpY2U6Y29ycmVjdCBob3JzZQ==",
        "Basic /////w==",
        f"Basic {b64encode(b'alice:' + b'x' * 5000).decode()}",
        f"Basic {b64encode(b'alice:correct horse' + bytes(1)).decode()}",
        f"Basic {b64encode(b'alice' + bytes(1) + b':correct horse').decode()}",
        f"Basic {b64encode(HASH.encode()).decode()}",
    ],
)
def test_hostile_credentials(tmp_path: Path, authorization: str) -> None:
    with serving(tmp_path, USERS) as site:
        assert status(site, authorization=authorization) == 401
        assert status(site, ALICE) == 200


def test_a_long_password_counts_as_bcrypt_reads_it(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    with serving(tmp_path, f"basic_auth_users: {{alice: {hashed}}}") as site:
        assert status(site, ("alice", "x" * 100)) == 200
        assert status(site, ("alice", "x" * 71)) == 401


def test_each_user_sees_what_the_file_says(tmp_path: Path) -> None:
    with serving(tmp_path, USERS, RIGHTS) as site:
        for name in ("prometheus", "new"):  # the file does not name the second
            seen = [status(site + path, (name, PASSWORD)) for path in ("/metrics", "/-/healthy", "/-/ready")]
            assert seen == [200, 200, 503]
            for path in ("/", "/sources", "/sources.csv", "/rejected.csv", "/api/v1/kpis", "/metrics/", "//metrics"):
                assert status(site + path, (name, PASSWORD)) == 403
            assert status(f"{site}/-/reload", (name, PASSWORD), "POST") == 403
            assert status(f"{site}/api/v1/accept?company=acme&source=desk", (name, PASSWORD), "POST") == 403
        assert status(f"{site}/-/reload", ("board", PASSWORD), "POST") == 403
        assert status(f"{site}/-/reload", ALICE, "POST") == 200


def test_who_may_only_scrape_reads_no_error_of_a_source(tmp_path: Path) -> None:
    with serving(tmp_path, USERS, RIGHTS) as site:
        assert "the server answered 503" in requests.get(f"{site}/sources", auth=ALICE, timeout=10).text
        for path in ("/metrics", "/-/ready", "/-/healthy", "/sources", "/api/v1/kpis", "/rejected.csv"):
            text = requests.get(site + path, auth=("prometheus", PASSWORD), timeout=10).text
            assert "answered" not in text
            assert "C1" not in text


def test_other_companies_do_not_exist_to_a_user_of_one(tmp_path: Path) -> None:
    paths = [
        *("/", "/?company=rival", "/sources", "/sources?company=rival", "/kpi/rival/mrr", "/kpi/rival/mrr/values.csv"),
        *("/kpis.csv", "/sources.csv", "/rejected.csv", "/rejected.csv?company=rival", "/api/v1/kpis", "/metrics"),
        *(
            "/api/v1/explain?company=rival&kpi=mrr",
            "/api/v1/report?company=rival&cadence=weekly",
            "/api/v1/backtest?company=rival&since=2026-01-01",
        ),
        *("/-/ready", "/api/v1/backfill?company=rival&since=2026-01-01", "/api/v1/explain?company=rivl&kpi=mrr"),
    ]
    with serving(tmp_path, USERS, RIGHTS) as site:
        for path in paths:
            answer = requests.get(site + path, auth=("board", PASSWORD), timeout=10)
            text = answer.text.replace("there is no company 'rival'", "").replace("There is no company 'rival'", "")
            assert "Rival" not in text, path
            assert 'company="rival"' not in text, path
            assert "did you mean `rival`" not in text, path
            if "rival" in path:
                assert answer.status_code in (400, 404), path
                unknown = requests.get(site + path.replace("rival", "nobody"), auth=("board", PASSWORD), timeout=10)
                assert (answer.status_code, text.replace("rival", "nobody")) == (
                    unknown.status_code,
                    re.sub(r"[tT]here is no company 'nobody'", "", unknown.text),
                ), path
        metrics = requests.get(f"{site}/metrics", auth=("board", PASSWORD), timeout=10).text
        assert 'kpi_mrr_eur{company="acme"} 26353.21\n' in metrics
        assert 'kpi_mrr_eur{company="rival"} 26353.21\n' in requests.get(f"{site}/metrics", auth=ALICE, timeout=10).text


def test_a_user_of_one_company_scrapes_what_is_new(tmp_path: Path) -> None:
    (tmp_path / "web.yml").write_text(USERS)
    (tmp_path / "access.yml").write_text(RIGHTS)
    exporter, files = exporter_of_two(), AccessFiles(tmp_path / "web.yml", tmp_path / "access.yml")
    with serve_exporter(exporter, WebSettings(files=files), refresh_seconds=0.05) as site:

        def scrape() -> str:
            return requests.get(f"{site}/metrics", auth=("board", PASSWORD), timeout=10).text

        assert "kpi_mrr_eur" in scrape()
        exporter.current = snapshot(*(replace(each, kpis=()) for each in exporter.current.companies))
        wait_until(lambda: "kpi_mrr_eur" not in scrape(), "the new readings")


def test_a_changed_file_counts_at_once_and_a_wrong_one_not_at_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(tmp_path, USERS, RIGHTS) as site:
        assert status(site, ALICE) == 200
        replace_text(tmp_path / "web.yml", USERS.replace("alice", "bob"))
        assert status(site, ALICE) == 401
        assert status(site, ("bob", PASSWORD)) == 403, "the other file does not name bob"
        replace_text(tmp_path / "access.yml", "users: {bob: {}}\n")
        assert status(site, ("bob", PASSWORD)) == 200
        for wrong in ("basic_auth_users: {eve: secret}\n", "a: [", "http_server_config: {}\nx: 1\n"):
            replace_text(tmp_path / "web.yml", wrong)
            assert status(site) == 401
            assert status(site, ("eve", "secret")) == 401
            assert status(site, ("bob", PASSWORD)) == 200
            wait_until(lambda: web_config_in_use(site) == 0, "the metric")
        (tmp_path / "web.yml").unlink()
        assert (status(site), status(site, ("bob", PASSWORD))) == (401, 200)
        assert "cannot be used, the old one stays" in caplog.text
        assert "secret" not in caplog.text
        replace_text(tmp_path / "web.yml", "{}")
        assert status(site) == 200
        wait_until(lambda: web_config_in_use(site) == 1, "the metric")


def web_config_in_use(site: str) -> float:
    text = requests.get(f"{site}/metrics", auth=("bob", PASSWORD), timeout=10).text
    (value,) = re.findall(r"^kpi_exporter_web_config_last_reload_successful (\S+)$", text, re.MULTILINE)
    return float(value)


def test_headers_are_added_to_every_answer(tmp_path: Path) -> None:
    web = "http_server_config: {headers: {X-Frame-Options: deny, Content-Security-Policy: \"default-src 'self'\"}}\n"
    with serving(tmp_path, web + USERS) as site:
        for answer in (requests.get(site, timeout=10), requests.get(f"{site}/metrics", auth=ALICE, timeout=10)):
            assert answer.headers["x-frame-options"] == "deny"
            assert answer.headers["content-security-policy"] == "default-src 'self'"
            assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_rate_limit(tmp_path: Path) -> None:
    with serving(tmp_path, "rate_limit: {interval: 1h, burst: 2}\n") as site:
        answers = [requests.get(f"{site}/metrics", timeout=10) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 3000 < int(answers[-1].headers["retry-after"]) <= 3600
        replace_text(tmp_path / "web.yml", "{}")
        assert status(f"{site}/metrics") == 200


def test_guesses_keep_nobody_out_whose_password_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 1)
    hashed = bcrypt.hashpw(b"dear", bcrypt.gensalt(12)).decode()
    with serving(tmp_path, f"basic_auth_users: {{alice: {hashed}}}") as site:
        assert status(f"{site}/metrics", ("alice", "dear")) == 200
        seen: list[int] = []
        guesses = [
            Thread(target=lambda number=number: seen.append(status(f"{site}/metrics", ("alice", f"guess {number}"))))
            for number in range(8)
        ]
        for guess in guesses:
            guess.start()
        wait_until(lambda: 503 in seen, "the first guess for which there is no room")
        assert status(f"{site}/metrics", ("alice", "dear")) == 200
        for guess in guesses:
            guess.join()
        assert set(seen) == {401, 503}


def test_rights_need_users(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="has no `basic_auth_users`"), serving(tmp_path, "{}", RIGHTS):
        pass


TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key%s}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = write_authority(tmp_path)
    write_certificate(tmp_path, authority, "server", "127.0.0.1")
    write_certificate(tmp_path, authority, "client", "prometheus.example.com")
    write_certificate(tmp_path, write_authority(tmp_path, "foreign"), "stranger", "prometheus.example.com")
    return tmp_path


def fetch(site: str, folder: Path, client: str | None = None, ca: str = "ca") -> int | None:
    """Return the status over TLS; None where the connection is refused."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(folder / f"{ca}.pem")
        session.cert = (str(folder / f"{client}.pem"), str(folder / f"{client}.key")) if client else None
        try:
            return session.get(f"{site}/metrics", timeout=10).status_code
        except requests.ConnectionError:
            return None


def test_tls_with_a_certificate_that_is_renewed(folder: Path) -> None:
    with serving(folder, TLS % "") as site:
        assert site.startswith("https://")
        assert fetch(site, folder) == 200
        with pytest.raises(requests.ConnectionError):
            requests.get(site.replace("https", "http"), timeout=10)
        write_certificate(folder, write_authority(folder, "next"), "server", "127.0.0.1")
        assert fetch(site, folder, ca="next") == 200
        assert fetch(site, folder) is None
        (folder / "server.key").write_text("broken")
        assert fetch(site, folder, ca="next") == 200, "the old one stays"
        replace_text(folder / "web.yml", "{}")
        assert fetch(site, folder, ca="next") == 200, "TLS does not end"


@pytest.mark.parametrize(
    ("options", "client", "stranger", "nobody"),
    [
        ("client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem", 200, None, None),
        ("client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem", 200, None, 200),
        ("client_auth_type: RequestClientCert", 200, 200, 200),
    ],
)
def test_client_certificates(
    folder: Path, options: str, client: int | None, stranger: int | None, nobody: int | None
) -> None:
    with serving(folder, TLS % f", {options}") as site:
        assert fetch(site, folder, "client") == client
        assert fetch(site, folder, "stranger") == stranger
        assert fetch(site, folder) == nobody


def test_only_clients_of_an_allowed_name(folder: Path) -> None:
    options = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem, client_allowed_sans: [%s]"
    with serving(folder, TLS % options % "prometheus.example.com") as site:
        assert fetch(site, folder, "client") == 200
        replace_text(folder / "web.yml", TLS % options % "other.example.com")
        assert fetch(site, folder, "client") is None


@pytest.mark.parametrize(
    ("options", "version", "agreed"),
    [
        ("", ssl.TLSVersion.TLSv1_2, True),
        (", min_version: TLS13", ssl.TLSVersion.TLSv1_2, False),
        (", max_version: TLS12", ssl.TLSVersion.TLSv1_3, False),
    ],
)
def test_versions(folder: Path, options: str, version: ssl.TLSVersion, agreed: bool) -> None:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.minimum_version = context.maximum_version = version
    with serving(folder, TLS % options) as site:
        host, _, port = site.removeprefix("https://").partition(":")
        assert handshake(context, host, int(port)) == agreed


def handshake(context: ssl.SSLContext, host: str, port: int) -> bool:
    with socket.create_connection((host, port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=host):
                return True
        except ssl.SSLError:
            return False
