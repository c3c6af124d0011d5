"""Amounts: what is foretold of Prometheus' templates is what Prometheus prints."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from exporter.quantities.prometheus import exact, style
from exporter.quantities.units import parse
from tests.servers import promtool

UNITS = (
    "ratio",
    "duration",
    "EUR",
    "EUR/month",
    "JPY",
    "CHF",
    "count",
    "months",
    "per month",
    "ratio n:1",
    "score 1..5",
    "bytes",
    "rank",
)

TEXTS = [
    ("ratio", 0.99312, "99.31%"),
    ("ratio", -0.0001, "-0.01%"),
    ("ratio", 1.1, "110%"),
    ("duration", 0.25, "250ms"),
    ("duration", 59.5, "59.5s"),
    ("duration", 5400, "1h 30m 0s"),
    ("duration", 1209601, "14d 0h 0m 1s"),
    ("EUR", 448000, "€448k"),
    ("EUR", 3_758_912, "€3.759M"),
    ("EUR", 99_999.4, "€99,999"),
    ("EUR", -84_210, "-€84,210"),
    ("EUR", -3.5, "-€3.50"),
    ("EUR", 0.83, "€0.83"),
    ("EUR", -2_000_000, "-€2M"),
    ("CHF", 1234, "CHF 1,234"),
    ("EUR/month", 2499.99, "€2,500/month"),
    ("JPY", 1000, "¥1,000"),
    ("CHF", 2.5, "CHF 2.50"),
    ("count", 5, "5"),
    ("months", 5.999, "5.999 months"),
    ("per month", 4.333333333333333, "4.333 per month"),
    ("ratio n:1", 9.99, "9.99:1"),
    ("bytes", 20e12, "20TB"),
    ("bytes", 1536.0, "1.536kB"),
    ("bytes", 640.0, "640B"),
    ("rank", 4.5, "4.5"),
]


@pytest.mark.parametrize(("unit", "value", "text"), TEXTS)
def test_text(unit: str, value: float, text: str) -> None:
    assert style(parse(unit)).text(value) == text


@pytest.mark.parametrize(
    ("unit", "amount", "text"),
    [
        ("ratio", "0.995", "99.5%"),
        ("ratio", "0.00125", "0.125%"),
        ("EUR/month", "2500", "€2,500/month"),
        ("EUR", "-1234.50", "-€1,234.5"),
        ("JPY", "1000000", "¥1M"),
        ("CHF", "100", "CHF 100"),
        ("count", "1500", "1,500"),
        ("months", "6", "6 months"),
        ("ratio n:1", "15", "15:1"),
        ("bytes", "20000000000000", "20TB"),
        ("per year", "4", "4 per year"),
        ("score -100..100", "-20", "-20"),
    ],
)
def test_exact(unit: str, amount: str, text: str) -> None:
    assert exact(Decimal(amount), parse(unit)) == text


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("limit", ["0", "0.05", "0.995", "1", "4", "59", "60", "99.9", "4000", "28800"])
def test_a_step_shows(unit: str, limit: str) -> None:
    amount, at = style(parse(unit)), Decimal(limit)
    step = amount.step(at)
    texts = {amount.text(float(value)) for value in (at - step, at, at + step)}
    assert len(texts) == 3, texts


@pytest.mark.integration
def test_prometheus_prints_the_same(tmp_path: Path) -> None:
    rng = random.Random(7)
    values = [0.0, 1.0, -1.0, 60.0, 99.995, 0.99995, 86399.9, 1e6, 123456789.0, 3.0e-7]
    values += [rng.choice((1, -1)) * rng.random() * 10 ** rng.randint(-8, 9) for _ in range(60)]
    rules, expected = [], []
    for number, unit in enumerate(UNITS):
        amount = style(parse(unit))
        annotations = {"text": amount.template("$value")}
        rules.append({"alert": f"Unit{number}", "expr": "amount", "annotations": annotations})
        alerts = [
            {"exp_labels": {"n": str(n)}, "exp_annotations": {"text": amount.text(value)}}
            for n, value in enumerate(values)
        ]
        expected.append({"eval_time": "0m", "alertname": f"Unit{number}", "exp_alerts": alerts})
    series = [{"series": f'amount{{n="{n}"}}', "values": repr(value)} for n, value in enumerate(values)]
    test = {"interval": "1m", "input_series": series, "alert_rule_test": expected}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "amounts", "rules": rules}]}))
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]}))
    code, output = promtool.run("test", "rules", tmp_path / "test.yml")
    assert code == 0, output[:4000]
