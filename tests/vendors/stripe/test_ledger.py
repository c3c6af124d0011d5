"""The exporter's ledger of a Stripe account is the true one, to the second and to the cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.measures.mrr_bridge import Bridge
from exporter.sources.interface import Deadline
from tests.vendors.server import BROKEN, CONFLICT, CUT, RATE_LIMITED
from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.large import LargeAccount
from tests.vendors.stripe.played import Ended, played
from tests.vendors.stripe.server import StripeServer
from tests.vendors.stripe.stories import CLOSES, END, START, STORIES, with_stories
from tests.vendors.stripe.times import DAY, HOUR, instant, second
from tests.vendors.stripe.watched import RATES, Watched, true_steps

FEW = (
    "quantity_grows",
    "second_item_comes_and_goes",
    "coupon_for_three_months",
    "collection_paused_still",
    "cancelled_at_period_end",
    "dunning_lost",
    "customer_deleted",
)
"""Stories in which there is something of each kind, for what is done with every one in `make test-all`."""
AFTERWARDS = tuple(name for name, story in STORIES.items() if story.traceless is None)


WEEK = pytest.param(7 * DAY, id="each week", marks=pytest.mark.slow)
EACH_HOUR = pytest.param(HOUR, id="each hour", marks=pytest.mark.exhaustive)
"""How often it is polled. The hours in which nothing happened are left out."""


@pytest.fixture(scope="module", params=[WEEK, EACH_HOUR])
def polled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Read an account from its beginning on."""
    account = with_stories(StripeAccount(START))
    with played(tmp_path_factory.mktemp("polled"), account, every=request.param) as ended:
        yield ended


@pytest.fixture(scope="module")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Read an account once, when all is over."""
    account = with_stories(StripeAccount(START))
    account.advance(END)
    with played(tmp_path_factory.mktemp("afterwards"), account) as ended:
        yield ended


@pytest.mark.parametrize("name", STORIES)
def test_polled_all_along_it_is_the_true_ledger(name: str, polled: Ended) -> None:
    assert polled.differences(name) == {}


def test_no_row_is_set_aside_but_payments_in_other_currencies(polled: Ended, afterwards: Ended) -> None:
    for ended in (polled, afterwards):
        assert {table for table, count in ended.watched.rejected().items() if count} <= {"payments"}


@pytest.mark.slow
@pytest.mark.parametrize("name", AFTERWARDS)
def test_polled_once_at_the_end_it_is_the_true_ledger(name: str, afterwards: Ended) -> None:
    assert afterwards.differences(name) == {}


@pytest.mark.slow
@pytest.mark.parametrize("names", [FEW, pytest.param(AFTERWARDS, marks=pytest.mark.exhaustive)], ids=["few", "all"])
def test_a_past_that_takes_many_polls_and_restarts_is_the_true_ledger(names: tuple[str, ...], tmp_path: Path) -> None:
    account = with_stories(StripeAccount(START), *names)
    account.advance(END)
    polls = 0
    with StripeServer(account) as server:
        watched = Watched(tmp_path, server.url)
        while not polls or watched.reads_its_past:
            polls += 1
            watched.poll(instant(account.now), deadline=Deadline(1e6, partial(next, count(0, 0.5))))
            watched.restart()
        assert polls > 5
        assert Ended(account, watched).differences(*set(names).intersection(AFTERWARDS)) == {}
        watched.world.store.close()


@pytest.mark.slow
def test_a_past_takes_a_request_for_each_hundred_invoices(tmp_path: Path) -> None:
    subscriptions, months = 300, 4
    account = LargeAccount(second("2026-06-01"), subscriptions, months)
    with StripeServer(account) as server:
        watched = Watched(tmp_path, server.url)
        watched.poll(instant(account.now))
        requests = Counter(request.path for request in server.requests)
        assert requests["/v1/invoices"] == subscriptions * months / 100
        assert requests.total() < 50
        assert not watched.reads_its_past
        server.requests.clear()
        watched.poll(instant(account.now + HOUR // 4))
        assert [request.path for request in server.requests] == ["/v1/events"]
        watched.world.store.close()


@pytest.mark.slow
def test_polled_once_at_the_end_all_is_right_that_is_paid_then(afterwards: Ended) -> None:
    read, truth = afterwards.read, afterwards.account.truth
    last = {name: (steps[-1][1] if (steps := read.get(f"cus_{name}")) else {}) for name in STORIES}
    paid = {name: (steps[-1][1] if (steps := true_steps(truth, f"cus_{name}")) else {}) for name in STORIES}
    assert last == paid


def test_what_is_published_and_explained_at_the_end_of_each_month(polled: Ended) -> None:
    truth, world, now = polled.account.truth, polled.watched.world, instant(polled.account.now)
    rates = {"EUR": 1.0, **{currency: float(rate) for currency, rate in RATES.items()}}
    world.poll(now, "bank")
    series = world.kpi_series({instant(second(close)) for close in CLOSES})
    for close in CLOSES:
        at = instant(second(close))
        paid = [truth.run_rates(customer, second(close) - 1) for customer in truth.customers()]
        mrr = sum(float(amount) * rates[currency] for each in paid for currency, amount in each.items())
        assert series[at]['kpi_mrr_eur{company="acme"}'] == pytest.approx(mrr, abs=0.0051), close
        assert series[at]['kpi_customers{company="acme"}'] == sum(bool(each) for each in paid), close
        explained = explanation(ExplainRequest(world.company, world.company.kpis["mrr"], at), world.store, now)
        assert isinstance(explained.revenue, Bridge)
        assert float(explained.revenue.closing) == pytest.approx(mrr, abs=0.0051), close


def test_nothing_that_was_known_is_said_otherwise_later(polled: Ended) -> None:
    final = polled.read
    for close in CLOSES[1::2]:
        before = polled.watched.steps(instant(second(close)))
        week_before = f"{instant(second(close) - 7 * DAY):%Y-%m-%d %H:%M:%S}"
        for customer in before.keys() - {"cus_backdated"}:
            then = [step for step in before[customer] if step[0] < week_before]
            assert then == [step for step in final[customer] if step[0] < week_before], (customer, close)


@pytest.mark.slow
def test_a_poll_that_is_killed_at_any_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    with played(tmp_path, with_stories(StripeAccount(START), *FEW), every=7 * DAY, poll=killed_then_whole(1)) as ended:
        assert ended.differences(*FEW) == {}


@pytest.mark.exhaustive
def test_polls_that_are_killed_at_each_answer_leave_nothing_behind(tmp_path: Path) -> None:
    with played(tmp_path, with_stories(StripeAccount(START)), poll=killed_then_whole(1000)) as ended:
        assert ended.differences(*STORIES) == {}


class Killed(Exception):
    """The exporter is gone in the middle of a poll."""


def killed_then_whole(most: int) -> Callable[[StripeServer, Watched, datetime], None]:
    """Return a poll that is killed after its first answer, then after its second and so on, until one is not.

    At most so many are killed at one instant; if there are more answers, the next instant goes on from there.
    """
    answer = 0

    def poll(server: StripeServer, watched: Watched, at: datetime) -> None:
        nonlocal answer
        for _ in range(most):
            answer += 1
            left = answer

            def count_down(_: str) -> None:
                nonlocal left
                left -= 1
                if not left:
                    raise Killed

            try:
                watched.poll(at, count_down)
            except Killed:
                watched.restart()
            else:
                answer = 0
                return
        watched.poll(at)

    return poll


@pytest.mark.slow
def test_errors_that_pass_are_waited_out(tmp_path: Path) -> None:
    names = FEW[:2]
    account = with_stories(StripeAccount(START), *names)
    account.advance("2026-06-01")
    with StripeServer(account) as server:
        watched = Watched(tmp_path, server.url)
        server.fault = {2: RATE_LIMITED, 4: BROKEN, 6: CONFLICT, 8: CUT}.get
        watched.poll(instant(account.now))
        assert server.count > 8
        assert Ended(account, watched).differences(*names) == {}
        watched.world.store.close()


def late() -> StripeAccount:
    """Make an account whose events come late and twice, in an old version of the API."""
    return StripeAccount(START, event_delay=lambda number: 300 * (number % 3), repeat_events=True, old_events=True)


@pytest.mark.slow
def test_events_that_are_late_doubled_and_in_an_old_version(tmp_path: Path) -> None:
    with played(tmp_path, with_stories(late(), *FEW[:2]), and_after=1) as ended:
        assert ended.differences(*FEW[:2]) == {}


@pytest.mark.exhaustive
def test_all_stories_with_events_that_are_late_doubled_and_in_an_old_version(tmp_path: Path) -> None:
    with played(tmp_path, with_stories(late()), and_after=1) as ended:
        assert ended.differences(*STORIES) == {}


@pytest.mark.slow
@pytest.mark.parametrize("names", [FEW, pytest.param(AFTERWARDS, marks=pytest.mark.exhaustive)], ids=["few", "all"])
def test_events_that_were_gone_before_they_were_read(names: tuple[str, ...], tmp_path: Path) -> None:
    since, until = instant(second("2026-02-01")), instant(second("2026-02-01")) + timedelta(days=45)
    account = with_stories(StripeAccount(START), *names)
    with played(tmp_path, account, every=DAY, reads=lambda at: not since < at < until) as ended:
        assert ended.differences(*names) == {}


@pytest.mark.exhaustive
def test_polled_in_each_hour_of_the_day_after_it_is_the_true_ledger(tmp_path: Path) -> None:
    with played(tmp_path, with_stories(StripeAccount(START), *FEW), and_after=24) as ended:
        assert ended.differences(*FEW) == {}
