"""How much a test tries, by the tier: examples of a property, and cases of a list."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.tiers import USUAL


def examples(usual: int, *, shared_fixtures: bool = False) -> settings:
    """The settings of a test that tries `usual` examples in `make test`, and two at least in any tier.

    `shared_fixtures` says that all examples of a test may have the same fixtures.
    """
    assert settings.default is not None
    scaled = round(usual * settings.default.max_examples / USUAL)
    allowed = [HealthCheck.function_scoped_fixture] if shared_fixtures else []
    return settings(max_examples=max(2, scaled), deadline=None, suppress_health_check=allowed)


def first(usual: int, cases: Iterable[Any]) -> list[Any]:
    """Parameters of a test: `make test` tries the first so many, `make test-all` the others, too."""
    exhaustive = pytest.mark.exhaustive
    return [case if number < usual else pytest.param(case, marks=exhaustive) for number, case in zip(count(), cases)]
