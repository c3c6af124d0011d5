"""The servers that tests rely on do what they say."""

from __future__ import annotations

from pathlib import Path

import pymysql
import pytest
from sqlalchemy import make_url

from tests.servers.alertmanager import Alertmanager
from tests.servers.mariadb import PASSWORD, USER, MariaDb
from tests.servers.process import program
from tests.servers.prometheus import SCRAPE_ITSELF, Prometheus
from tests.servers.webhook import Webhook

RULE = """
groups: [{{name: g, rules: [{{record: reloaded, expr: vector(1)}}]}}]
"""


def test_a_program_that_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(
        RuntimeError, match=r"nosuch is missing: run scripts/install-servers.sh, or apt-get install some-package"
    ):
        program("nosuch", "some-package")


@pytest.mark.integration
def test_an_alert_reaches_the_webhook(tmp_path: Path) -> None:
    with Webhook() as webhook:
        receiver = f"{{name: team, webhook_configs: [{{url: '{webhook.url}/team'}}]}}"
        config = f"{{route: {{receiver: team, group_wait: 0s}}, receivers: [{receiver}]}}\n"
        with Alertmanager(tmp_path, config) as alertmanager:
            alertmanager.post({"labels": {"alertname": "KpiWarning"}})
            notification = webhook.wait_for(lambda notification: notification.path == "/team")
            assert [alert["labels"]["alertname"] for alert in notification.alerts] == ["KpiWarning"]
            assert [alert["labels"] for alert in alertmanager.alerts()] == [{"alertname": "KpiWarning"}]
        with pytest.raises(TimeoutError, match="no such notification"):
            webhook.wait_for(lambda notification: notification.path == "/nobody", timeout=0)


@pytest.mark.integration
def test_prometheus_takes_another_configuration(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULE.format())
    with Prometheus(tmp_path) as server:
        assert server.get("rules")["groups"] == []
        server.reload(f"{SCRAPE_ITSELF}\nrule_files: [{tmp_path}/rules.yml]\n")
        assert [group["name"] for group in server.get("rules")["groups"]] == ["g"]


@pytest.mark.integration
def test_mariadb_takes_its_password_keeps_what_it_holds_and_logs_whom_it_refuses(mariadb: MariaDb) -> None:
    url = make_url(mariadb.dsn())
    assert (url.username, url.password, url.database) == (USER, PASSWORD, "main")
    mariadb.execute("CREATE TABLE main.kept (n INT); INSERT INTO main.kept VALUES (1), (2)")
    mariadb.restart()
    assert mariadb.execute("SELECT n FROM kept ORDER BY n; SELECT sum(n) FROM kept", "main") == [(3,)]
    mariadb.execute("DROP TABLE main.kept")
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        pymysql.connect(host="127.0.0.1", port=mariadb.port, user="nobody", password="x")
    assert "Access denied for user 'nobody'@'127.0.0.1'" in mariadb.log
