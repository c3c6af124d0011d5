"""The true ledger of each story is what a reader of the story computes by hand."""

from __future__ import annotations

import pytest

from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.stories import CLOSES, END, START, STORIES, with_stories
from tests.vendors.stripe.times import second


@pytest.mark.parametrize("name", STORIES)
def test_the_true_ledger_is_what_the_story_says(name: str) -> None:
    account = with_stories(StripeAccount(START), name)
    account.advance(END)
    story = STORIES[name]
    paid = [account.truth.run_rates(f"cus_{name}", second(close) - 1) for close in CLOSES]
    assert [{currency: round(float(each), 4) for currency, each in rates.items()} for rates in paid] == [
        {story.currency: mrr} if mrr else {} for mrr in story.mrr
    ]
