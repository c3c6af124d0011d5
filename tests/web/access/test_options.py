"""The options of commands that serve: what they warn of, and which names follow from them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from exporter.cli._web import WebOptions
from exporter.web.access.prefix import ExternalUrl
from tests.web.access.certificates import HASH, write_authority, write_certificate

USERS = f"basic_auth_users: {{alice: {HASH}}}\n"
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"


@pytest.mark.parametrize(
    ("address", "web", "warning"),
    [
        ("127.0.0.1:0", "", ""),
        ("127.0.0.1:0", USERS, ""),
        (":0", "", "everybody who reaches this address reads all KPIs"),
        ("0.0.0.0:0", TLS, "everybody who reaches this address reads all KPIs"),
        (":0", USERS, "passwords come over the network as they are"),
        (":0", TLS + USERS, ""),
    ],
)
def test_what_is_open_to_a_network_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, address: str, web: str, warning: str
) -> None:
    write_certificate(tmp_path, write_authority(tmp_path), "server", "127.0.0.1")
    (tmp_path / "web.yml").write_text(web)
    options = WebOptions(["127.0.0.1:0", address], config_file=tmp_path / "web.yml")
    with ExitStack() as stack:
        options.settings([stack.enter_context(listener) for listener in options.listeners()])
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == bool(warning)
    assert all(each.startswith(warning) for each in warnings)


def test_names_follow_from_the_options() -> None:
    options = WebOptions(
        ["localhost:0"],
        allowed_hosts=["exporter"],
        external=ExternalUrl.of("https://kpi.example.com/kpi"),
        lifecycle=True,
    )
    with ExitStack() as stack:
        settings = options.settings([stack.enter_context(listener) for listener in options.listeners()])
    assert [name for name in ("exporter", "kpi.example.com", "example.com") if settings.hosts.allows(name)] == [
        "exporter",
        "kpi.example.com",
    ]
    assert (settings.route_prefix, settings.lifecycle) == ("/kpi", True)
