"""What the tiers rest on: that the marks of the tests are true."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import settings

from tests.support.examples import examples, first, quick


def test_a_test_without_a_mark_starts_no_process() -> None:
    with pytest.raises(RuntimeError, match=r"test_tiers\.py::\w+ starts a process: mark it `process`"):
        subprocess.run(["true"], check=True)


@pytest.mark.process
def test_with_the_mark_it_does() -> None:
    assert subprocess.run(["true"], check=True).returncode == 0


def test_a_fixture_that_starts_a_program_gives_the_mark(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.support.tiers import pytest_itemcollected\n")
    pytester.makeini("[pytest]\nmarkers = integration\n")
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.fixture\n"
        "def browser(): ...\n"
        "@pytest.fixture\n"
        "def page(browser): ...\n"
        "def test_with(page): ...\n"
        "def test_without(): ...\n"
    )
    items, _ = pytester.inline_genitems()
    assert {item.name: bool(item.get_closest_marker("integration")) for item in items} == {
        "test_with": True,
        "test_without": False,
    }


def test_examples_and_cases_follow_the_tier() -> None:
    assert settings.default is not None
    assert examples(40).max_examples == 40 * settings.default.max_examples // 100
    assert examples(1).max_examples == 2
    usual, other = first(1, ["a", "b"])
    assert usual == "a"
    assert [mark.name for mark in other.marks] == ["exhaustive"]
    assert [mark.name for mark in quick(0, ["a"])[0].marks] == ["slow"]
