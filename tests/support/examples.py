"""How much a test tries in each tier: examples of a property, and cases of a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.tiers import USUAL


def examples(usual: int, *, shared_fixtures: bool = False) -> settings:
    """Return the settings of a test that tries `usual` examples in `make test`, and at least two in every tier.

    `shared_fixtures` says that all examples of a test may have the same fixtures.
    """
    assert settings.default is not None
    scaled = round(usual * settings.default.max_examples / USUAL)
    allowed = [HealthCheck.function_scoped_fixture] if shared_fixtures else []
    return settings(max_examples=max(2, scaled), deadline=None, suppress_health_check=allowed)


def first(usual: int, cases: Iterable[Any]) -> list[Any]:
    """Return the parameters of a test: `make test` tries the first `usual` cases, `make test-all` the others, too."""
    return _marked(pytest.mark.exhaustive, usual, cases)


def quick(usual: int, cases: Iterable[Any]) -> list[Any]:
    """Return the parameters of a test: `make test-fast` tries the first `usual` cases, `make test` the others, too."""
    return _marked(pytest.mark.slow, usual, cases)


def _marked(mark: pytest.MarkDecorator, usual: int, cases: Iterable[Any]) -> list[Any]:
    """Give the mark to all cases but the first `usual`; a case of several values is a tuple."""
    return [
        case if number < usual else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=mark)
        for number, case in enumerate(cases)
    ]
