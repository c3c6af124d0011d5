"""The web configuration by exporter-toolkit's rules: what is taken, and what is refused at which place."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.access.rights import LEAST, Rights, load_access
from exporter.web.access.web_config import load_web_config
from tests.web.access.certificates import HASH, write_authority, write_certificate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    authority = write_authority(folder)
    write_certificate(folder, authority, "server", "127.0.0.1")
    write_certificate(folder, authority, "other", "127.0.0.1")
    (folder / "junk.pem").write_text("no certificate")
    return folder


TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "# nothing\n",
        "tls_server_config:\nbasic_auth_users:\n",
        f"{TLS}}}",
        f"{TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}}",
        f"{TLS}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem, client_allowed_sans: [a]}}",
        f"{TLS}, client_auth_type: RequestClientCert}}",
        f"{TLS}, client_auth_type: NoClientCert, min_version: TLS13}}",
        f"{TLS}, min_version: TLS10, max_version: TLS12, prefer_server_cipher_suites: false}}",
        f"{TLS}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]}}",
        f"{TLS}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]}}\nhttp_server_config: {{http2: false}}",
        f"{TLS}, curve_preferences: [CurveP256]}}",
        f"{TLS}, curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]}}",
        f"basic_auth_users: {{alice: {HASH}, 1234: {HASH.replace('$2y', '$2a')}}}",
        "http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=1}}",
        "rate_limit: {interval: 0, burst: 0}",
        "rate_limit: {interval: 1m30s, burst: 5}",
        "rate_limit: {interval: -1s}",
    ],
)
def test_what_is_taken(folder: Path, text: str) -> None:
    (folder / "web.yml").write_text(text)
    config, named = load_web_config(folder / "web.yml")
    assert (config.tls is not None) == text.startswith(TLS)
    assert all(path.parent == folder for path in named)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("basic_auth_user: {}", "1:1", "unknown key; did you mean `basic_auth_users`?"),
        ("a: [", "", ""),
        ("- a", "1:1", "should be a mapping"),
        ("tls_server_config: {cert: x}", "1:20", "the key `key` or `key_file` is missing"),
        ("tls_server_config: {key_file: server.key}", "1:20", "the key `cert` or `cert_file` is missing"),
        ("tls_server_config: {client_auth_type: RequestClientCert}", "1:20", "`cert` or `cert_file` is missing"),
        ("tls_server_config: {certfile: a}", "1:21", "unknown key; did you mean `cert_file`?"),
        (f"{TLS}, client_ca_file: ca.pem}}", "1:20", "a client CA needs"),
        (f"{TLS}, client_auth_type: RequireSomething}}", "1:84", "unknown policy RequireSomething"),
        (f"{TLS}, client_auth_type: RequireAnyClientCert}}", "1:84", "takes a certificate of anybody"),
        (f"{TLS}, min_version: TLS14}}", "1:79", "should be 'TLS10'"),
        (f"{TLS}, min_version: TLS13, max_version: TLS12}}", "1:20", "`min_version` is above `max_version`"),
        (f"{TLS}, cipher_suites: [TLS_RSA_WITH_RC4]}}", "1:82", "unknown cipher suite TLS_RSA_WITH_RC4"),
        (f"{TLS}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]}}", "1:1", "lacks what HTTP/2 needs"),
        (f"{TLS}, curve_preferences: [CurveP257]}}", "1:86", "unknown curve CurveP257; did you mean `CurveP256`?"),
        (f"{TLS}, curve_preferences: [X25519]}}", "1:20", "can be one of"),
        ("tls_server_config: {cert_file: none.pem, key_file: server.key}", "1:32", "none.pem: No such file"),
        ("tls_server_config: {cert_file: server.pem, key_file: none.key}", "1:54", "none.key: No such file"),
        (
            "tls_server_config: {cert_file: server.pem, key_file: other.key}",
            "1:20",
            "does not belong to the",
        ),
        ("tls_server_config: {cert_file: junk.pem, key_file: server.key}", "1:20", "cannot be used"),
        ("tls_server_config: {cert: junk, key: junk}", "1:20", "cannot be used"),
        (
            f"{TLS}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: junk.pem}}",
            "1:125",
            "has no certificate",
        ),
        ("basic_auth_users: {alice: hunter2}", "1:27", "is not a bcrypt hash"),
        (f"basic_auth_users: {{alice: '{HASH[:-1]}'}}", "1:27", "is not a bcrypt hash"),
        (f"basic_auth_users: {{alice: '{HASH.replace('$04$', '$03$')}'}}", "1:27", "is not a bcrypt hash"),
        (f"basic_auth_users: {{'a:b': {HASH}}}", "1:20", "with a colon"),
        (f"basic_auth_users: {{alice: {HASH}, alice: {HASH}}}", "", "given before"),
        ("http_server_config: {headers: {X-Other: a}}", "1:31", "the header X-Other cannot be set"),
        ("http_server_config: {headers: {X-Frame-Options: no}}", "1:31", "should be deny or sameorigin"),
        ('http_server_config: {headers: {X-XSS-Protection: "a\\r\\nb: c"}}', "1:31", "no header may have"),
        ("rate_limit: {interval: soon, burst: 1}", "1:24", "should be a duration"),
        ("rate_limit: {interval: 1s}", "1:13", "`burst` should be 1 or more"),
    ],
)
def test_what_is_refused(folder: Path, text: str, place: str, message: str) -> None:
    file = folder / "web.yml"
    file.write_text(text)
    with pytest.raises(CatalogueError) as refused:
        load_web_config(file)
    assert str(refused.value).startswith(f"{file}:{place}")
    assert message in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_every_mistake_is_reported_at_once(folder: Path) -> None:
    (folder / "web.yml").write_text("a: 1\nb: 2\nbasic_auth_users: {alice: x}\n")
    with pytest.raises(CatalogueError) as refused:
        load_web_config(folder / "web.yml")
    assert len(refused.value.problems) == 3


def test_a_certificate_may_stand_in_the_file_itself(folder: Path) -> None:
    def block(name: str) -> str:
        return "|\n" + "".join(f"    {line}\n" for line in (folder / name).read_text().splitlines())

    (folder / "web.yml").write_text(f"tls_server_config:\n  cert: {block('server.pem')}  key: {block('server.key')}")
    config, named = load_web_config(folder / "web.yml")
    assert config.tls is not None
    assert list(named) == []


def test_rights(tmp_path: Path) -> None:
    file = tmp_path / "access.yml"
    file.write_text("users: {prometheus: {may: scrape}, board: {companies: [acme]}, admin: {}}")
    rights, _ = load_access(file)
    assert rights == {
        "prometheus": LEAST,
        "board": Rights(companies=frozenset({"acme"})),
        "admin": Rights(),
    }


@pytest.mark.parametrize("text", ["users: {a: {may: all}}", "users: {a: {company: b}}", "user: {}", "users: [a]"])
def test_rights_that_nobody_can_have(tmp_path: Path, text: str) -> None:
    (tmp_path / "access.yml").write_text(text)
    with pytest.raises(CatalogueError):
        load_access(tmp_path / "access.yml")
