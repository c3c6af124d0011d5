"""The committed rules: promtool accepts them, and their tests pass."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.generate.trials import single_test_files, suites
from tests.servers import promtool
from tests.support.examples import first

pytestmark = pytest.mark.newest

RULES = Path(__file__).parents[2] / "rules"


@pytest.mark.integration
def test_promtool_accepts_the_rules() -> None:
    files = sorted(RULES.glob("*.rules.yml"))
    assert len(files) >= 4
    code, output = promtool.run("check", "rules", "--lint-fatal", *files)
    assert (code, output.count("SUCCESS")) == (0, len(files)), output


@pytest.mark.integration
@pytest.mark.parametrize("whole", first(1, (False, True)), ids=["each with the rules that it checks", "whole files"])
def test_the_tests_of_the_rules_pass(whole: bool, tmp_path: Path) -> None:
    """Evaluate for each test the rules that it needs; as they are committed, a file's tests each evaluate all of it."""
    files = sorted((RULES / "tests").glob("*.test.yml"))
    assert {file.name.removesuffix(".test.yml") for file in files} == {
        file.name.removesuffix(".rules.yml") for file in RULES.glob("*.rules.yml")
    }
    if not whole:
        files = [file for suite in suites(RULES.parent) for file in single_test_files(suite, tmp_path / suite.name)]
    began = time.monotonic()
    code, output = promtool.run("test", "rules", *files)
    print(f"\n{len(files)} files of rule tests in {time.monotonic() - began:.1f} s")
    assert (code, output.count("SUCCESS")) == (0, len(files)), output
