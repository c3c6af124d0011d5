"""The options of Stripe: which keys are refused, what is said of them, and what the docs say of both."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from exporter.sources.stripe.options import VERSION, StripeOptions
from exporter.sources.stripe.source import PERMISSIONS, TABLES
from tests.support.source_polls import options

DOCS = (Path(__file__).parents[3] / "docs" / "connect" / "stripe.md").read_text(encoding="utf-8")
SECRET = "4242424242abcdef"


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (f"pk_live_{SECRET}", "is a publishable key"),
        (f"whsec_{SECRET}", "is no key of Stripe's API"),
        ("", "is no key of Stripe's API"),
    ],
)
def test_a_key_that_can_read_nothing_is_refused_without_being_repeated(key: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options("stripe", key=key)
    assert why in str(refused.value)
    assert SECRET not in str(refused.value)


def test_the_mode_is_that_of_the_key() -> None:
    modes = []
    for key in ("rk_live_1", "rk_test_1", "sk_1"):
        made = options("stripe", key=key)
        assert isinstance(made, StripeOptions)
        modes.append(made.reads_live)
    assert modes == [True, False, True]
    with pytest.raises(ValidationError, match="`key` is one of test mode"):
        options("stripe", key="rk_test_1", livemode=True)


def test_every_request_asks_for_one_version_and_account() -> None:
    made = options("stripe", key="rk_live_1", account="acct_1")
    assert isinstance(made, StripeOptions)
    assert made.all_headers() == {
        "Authorization": "Bearer rk_live_1",
        "Stripe-Version": VERSION,
        "Stripe-Account": "acct_1",
    }


def test_the_docs_name_the_version_the_permissions_and_the_options() -> None:
    assert f"`{VERSION}`" in DOCS
    for reads, _, tables in PERMISSIONS:
        assert f"| {reads} | {', '.join(f'`{table}`' for table in tables)} |" in DOCS
    for name in ("key", "history", "tier", "livemode", "account", "url"):
        assert f"| `{name}` |" in DOCS
    assert all(f"`{table}`" in DOCS for table in TABLES)
