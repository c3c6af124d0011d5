"""No secret is ever told: wherever in a catalogue it stands, and whatever is wrong with the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.catalogue.loading import load, load_all
from exporter.catalogue.reading.problems import CatalogueError
from tests.support.examples import examples

pytestmark = pytest.mark.slow

MARK = "hunter2"
"""Begins every secret here, so that a part of one is found, too."""

SECRETS = (
    st.text(alphabet="aZ09 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ü\t", max_size=12)
    .map(lambda text: MARK + text)
    .filter(lambda text: not re.search(r":([\s,\[\]{}\"']|$)", text))  # that would make it a key, and keys are shown
)

some_secrets = examples(6, shared_fixtures=True)

SOURCES = {
    "dsn": "crm:\n    type: sql\n    url: postgresql://reader:{}@127.0.0.1/crm\n    every: 5 minits",
    "dsn that is none": "crm:\n    type: sql\n    url: {}",
    "dsn of an unknown database": "crm:\n    type: sql\n    url: nosuchdb://reader:{}@127.0.0.1/crm",
    "dsn on the line of the mistake": "crm: {{type: sql, url: 'postgresql://r:{}@h/d', every: 5 minits}}",
    "mistyped key of a dsn": "crm:\n    type: sql\n    ulr: postgresql://reader:{}@127.0.0.1/crm",
    "dsn under a harmless key": "crm:\n    type: sql\n    timezone: postgresql://reader:{}@127.0.0.1/crm",
    "no type": "crm:\n    url: {}",
    "unknown type": "crm:\n    type: sqll\n    anything: {}",
    "instead of a source": "crm: {}",
    "bearer": "desk:\n    type: http\n    url: https://h\n    evry: 5m\n    auth: {{bearer: {}, kind: x}}",
    "mistyped bearer": "desk:\n    type: http\n    url: https://h\n    auth: {{baerer: {}}}",
    "bearer without a space": "desk:\n    type: http\n    url: https://h\n    auth: {{bearer:{}}}",
    "bearer without a space in a block": "desk:\n    type: http\n    url: https://h\n    auth:\n      bearer:{}",
    "token instead of auth": "desk:\n    type: http\n    url: https://h\n    auth: {}",
    "set of tokens": "desk:\n    type: http\n    url: https://h\n    auth: {{{}}}",
    "list of tokens": "desk:\n    type: http\n    url: https://h\n    auth: [bearer, {}]",
    "basic": "desk: {{type: http, url: https://h, auth: {{basic: {{usernam: x, password: '{}'}}}}}}",
    "header": "desk:\n    type: http\n    url: https://h\n    auth:\n      header: {{nam: X-Key, value: {}}}",
    "headers": "desk:\n    type: http\n    url: https://h\n    headers: {{X-Api-Key: {}, X-Api-Key: 2}}",
    "headers without a space": "desk:\n    type: http\n    url: https://h\n    headers: {{X-Api-Key:{}}}",
    "params": "desk:\n    type: http\n    url: 'h'\n    tables:\n      deal: {{params: {{key: {}}}}}",
    "signature of a file": "sheets:\n    type: files\n    tables:\n      leads: {{path: https://h/a.csv?sig={}, x: 1}}",
    "login of a folder": "sheets:\n    type: files\n    tables:\n      leads: {{path: 'sftp://me:{}@h/a.csv'}}",
    "key of a bucket": "sheets:\n    type: files\n    storage: {{key: a, secert: {}}}",
    "secret of a bucket": "sheets:\n    type: files\n    storage: {{secret: {}}}\n    tables: {{leads: {{path: s3://b/a.csv}}}}",
    "login in an address": "desk:\n    type: http\n    url: https://me:{}@h\n    every: no",
    "folded": "crm:\n    type: sql\n    url: >-\n      postgresql://reader:\n      {}\n    every: x",
    "literal": "desk:\n    type: http\n    url: https://h\n    auth:\n      bearer: |\n        {}\n        {}",
    "over lines in quotes": 'desk:\n    type: http\n    auth: {{bearer: "one\n      {}\n      two", x: 1}}',
    "anchor": "desk:\n    type: http\n    auth: {{bearer: &{} x}}",
    "alias": "desk:\n    type: http\n    auth: {{bearer: *{}}}",
    "tag": "desk:\n    type: http\n    auth: {{bearer: !{} x}}",
    "comment": "desk:\n    type: http\n    every: 5 minits # was {}",
    "quote never closed": 'desk:\n    type: http\n    auth: {{bearer: "{}}}\n    every: 5m',
    "flow never closed": "desk:\n    type: http\n    auth: {{bearer: {}\n    every: 5m",
    "tab": "desk:\n\ttype: http\n\tauth: {{bearer: {}}}",
    "wrong indentation": "desk:\n    type: http\n      bearer: {}\n    every: 5m",
    "two colons": "desk:\n    type: http\n    bearer: token: {}",
}
ELSEWHERE = {
    "mistyped section": "sorces:\n  crm:\n    url: {}\n",
    "mistyped section that is not YAML": "sorces:\n  crm:\n    x: {{url: {}\n",
    "source among the kpis": "kpis:\n  crm: {{type: sql, url: {}}}\n",
    "unknown key at the top": "token: {}\n",
    "text at the top": "{}\n",
    "login in a link": "links:\n  runbooks: https://me:{}@runbooks.example.com\n  x: 1\n",
}
PEOPLE = {
    "routing key": "people: {{platform: {{pagerduty: {{routing_key: {}}}}}}}\n",
    "routing key instead of its file": "people: {{platform: {{pagerduty: {{routing_key_file: {}}}}}}}\n",
    "routing key instead of its key": "people: {{platform: {{pagerduty: {}}}}}\n",
    "address of a channel": "people: {{platform: {{slack: https://hooks.example.com/{}}}}}\n",
    "address instead of its file": "people:\n  platform:\n    slack: {{channel: x, api_url_file: 'https://h/{}'}}\n",
    "login of a webhook": "people:\n  platform:\n    webhook: {{url: 'https://me:{}@h'}}\n",
    "password of e-mail": "alerting:\n  smtp: {{smarthost: x, password: {}}}\n",
    "token of the watchdog": "alerting:\n  watchdog: {{url: 'h', credentials_file: {}}}\n",
}
OUTSIDE = {
    "dsn": "crm: {{type: sql, url: {}, every: 5 minits}}",
    "interval": "crm: {{type: sql, every: {}}}",
    "type": "crm: {{type: {}}}",
    "cron": "crm: {{type: files, cron: {}}}",
    "zone": "crm: {{type: files, timezone: {}}}",
    "path": "crm: {{type: files, tables: {{deals: {{path: {}}}}}}}",
    "select": "crm: {{type: http, url: 'https://h', tables: {{deals: {{select: {}}}}}}}",
    "unit": "crm: {{type: http, url: 'https://h', measures: {{x: {{select: x, unit: {}}}}}}}",
    "unknown key": "crm: {{type: files, evry: {}, every: 1}}",
    "key of a mapping": "crm: {{type: files, tables: {}}}",
    "bearer": "desk: {{type: http, auth: {{bearer: {}}}, every: 5 minits}}",
}
KPIS = ("target", "warning", "plan", "formula", "unit", "window", "per", "notify", "area", "by")


def messages(folder: Path, text: str, environ: dict[str, str]) -> str:
    """Return everything that is reported about a catalogue with mistakes."""
    file = folder / "company.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file, environ)
    except CatalogueError as error:
        return f"{error} {error!r} {error.problems!r}"
    return ""


@pytest.mark.parametrize("template", SOURCES.values(), ids=SOURCES)
@some_secrets
@given(secret=SECRETS)
@example(secret=MARK)
def test_of_a_source(template: str, tmp_path: Path, secret: str) -> None:
    text = f"extends: managed-kubernetes\nsources:\n  {template.format(secret, secret)}\n"
    assert MARK not in messages(tmp_path, text, {})


@pytest.mark.parametrize("template", [*ELSEWHERE.values(), *PEOPLE.values()], ids=[*ELSEWHERE, *PEOPLE])
@some_secrets
@given(secret=SECRETS)
@example(secret=MARK)
@example(secret=MARK + '"')
@example(secret=MARK + "/")
def test_in_the_wrong_part_of_the_file(template: str, tmp_path: Path, secret: str) -> None:
    assert MARK not in messages(tmp_path, f"extends: managed-kubernetes\n{template.format(secret)}", {})


@pytest.mark.parametrize("origin", ["!env SECRET", "!file secret.txt"])
@pytest.mark.parametrize("template", OUTSIDE.values(), ids=OUTSIDE)
@some_secrets
@given(secret=SECRETS)
@example(secret=MARK)
@example(secret=f"postgresql://me:{MARK}@127.0.0.1/crm")
@example(secret=f"{MARK}\nanother line")
def test_of_a_variable_or_a_file(template: str, origin: str, tmp_path: Path, secret: str) -> None:
    (tmp_path / "secret.txt").write_text(secret, encoding="utf-8")
    text = f"extends: managed-kubernetes\nsources:\n  {template.format(origin)}\n"
    assert MARK not in messages(tmp_path, text, {"SECRET": secret})


@pytest.mark.parametrize("key", KPIS)
@some_secrets
@given(secret=SECRETS)
@example(secret=f"> {MARK}")
@example(secret=f"Y1 {MARK}, Y2 5")
@example(secret=f"5 to {MARK}")
@example(secret=f"{MARK}-0")
def test_of_a_variable_in_the_wrong_place(key: str, tmp_path: Path, secret: str) -> None:
    text = f"extends: managed-kubernetes\nkpis:\n  arr:\n    {key}: !env SECRET\n"
    assert MARK not in messages(tmp_path, text, {"SECRET": secret})


def test_of_a_file_that_is_extended(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(
        "extends: managed-kubernetes\n"
        "sources:\n"
        f"  crm: {{type: sql, url: 'postgresql://me:{MARK}@127.0.0.1/crm', every: 5m}}\n"
        f"  desk: {{type: http, url: 'https://h', auth: {{bearer: {MARK}}}, every: 5 minits}}\n"
    )
    text = messages(tmp_path, "extends: parent.yaml\nsources:\n  crm: {every: often}\n", {})
    assert "sources.crm.every: 'often' is not a duration" in text
    assert "sources.desk.every: '5 minits' is not a duration" in text
    assert MARK not in text


def test_a_wrong_value_from_a_variable_is_called_by_the_variable_s_name(tmp_path: Path) -> None:
    text = "extends: managed-kubernetes\nsources:\n  crm: {type: files, every: !env EVERY}\n"
    assert "'!env EVERY' is not a duration" in messages(tmp_path, text, {"EVERY": "5 minits"})


def test_what_is_no_secret_is_shown(tmp_path: Path) -> None:
    text = "extends: managed-kubernetes\nsources:\n  crm: {type: files, every: 5 minits, cron: 0 6 * * *}\n"
    assert "3 |   crm: {type: files, every: 5 minits, cron: 0 6 * * *}\n" in messages(tmp_path, text, {})


def test_options_that_are_good_do_not_show_them_either(tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    file.write_text(
        "extends: managed-kubernetes\n"
        "company: acme\n"
        "sources:\n"
        f"  crm: {{type: sql, url: 'sqlite:///x?key={MARK}', tables: {{deals: {{query: SELECT 1}}}}}}\n"
        "  desk:\n"
        "    type: http\n"
        "    url: https://h\n"
        f"    auth: {{basic: {{username: me, password: {MARK}}}}}\n"
        f"    headers: {{X-Api-Key: {MARK}}}\n"
        f"    tables: {{tickets: {{params: {{key: {MARK}}}}}}}\n"
        f"  other: {{type: http, url: 'https://h', auth: {{header: {{name: X, value: {MARK}}}}}}}\n"
        f"  third: {{type: prometheus, url: 'https://h', auth: {{bearer: {MARK}}}}}\n"
    )
    company = load_all([file])["acme"]
    assert set(company.sources) == {"crm", "desk", "other", "third"}
    assert MARK not in f"{company!r} {company} {dict(company.sources)}"


@pytest.mark.parametrize(
    ("line", "visible"),
    [
        ("sources: {billing: {type: stripe, hstory: 30d}}", "hstory: 30d"),
        ("sources: {oncall: {type: pagerduty, prioritys: {SEV-1: P1}}}", "{SEV-1: P1}"),
        ("sources: {crm: {type: files, tables: {customers: {path: a.csv, delimeter: ';'}}}}", "delimeter: ';'"),
        ("kpis: {mrr: {critcal: '< 5'}}", "critcal: '< 5'"),
        ("cmopany: acme", "cmopany: acme"),
    ],
)
def test_a_mistyped_key_of_no_secret_shows_its_value(line: str, visible: str, tmp_path: Path) -> None:
    assert visible in messages(tmp_path, f"extends: managed-kubernetes\n{line}\n", {})


@pytest.mark.parametrize(
    "key",
    ["kye", "keys", "api_key", "paswd", "path_token", "tpye_", "user", "tier2", "history.", "secret_history", "x"],
)
def test_a_key_that_is_close_to_none_or_to_that_of_a_secret_hides_its_value(key: str, tmp_path: Path) -> None:
    for kind in ("stripe", "pagerduty", "http", "sql"):
        line = f"sources: {{crm: {{type: {kind}, {key}: {MARK}}}}}"
        assert MARK not in messages(tmp_path, f"extends: managed-kubernetes\n{line}\n", {}), kind
