"""The catalogue that `init` writes for a company in another currency than the shipped one that it extends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.catalogue.loading import load, shipped
from exporter.cli import commands

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("like", shipped())
def test_init_lists_what_is_to_be_decided_and_writes_what_loads(like: str, currency: str, tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    options = ["--company", "acme", "--title", "Acme", "--like", like, "--currency", currency]
    result = CliRunner().invoke(commands, ["init", str(tmp_path), *options])
    assert result.exit_code == 0, result.output
    company, text = load(file, {}), file.read_text(encoding="utf-8")
    assert company.currency == currency
    assert ("note: acme: the company is in" in result.output) == bool(company.left_out)
    if company.left_out:
        decided = text.partition("\n# kpis:")
        lines = ["kpis:", *(line.removeprefix("# ") for line in decided[2].splitlines()[1:])]
        file.write_text(decided[0] + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
        assert load(file, {}).left_out == ()
