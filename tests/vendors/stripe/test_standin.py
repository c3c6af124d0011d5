"""The stand-in answers as Stripe's documentation says: order, pages, expansion, events, keys, limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.vendors.server import BROKEN, CONFLICT, CUT, RATE_LIMITED, Fault
from tests.vendors.stripe.account import Story, StripeAccount
from tests.vendors.stripe.api import Api
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.query import Refused
from tests.vendors.stripe.server import KEY, StripeServer
from tests.vendors.stripe.shapes import VERSION
from tests.vendors.stripe.times import second

HEADERS = {"Authorization": f"Bearer {KEY}", "Stripe-Version": VERSION}


def grows(account: StripeAccount) -> Story:
    customer = account.customer("grows")
    subscription = customer.subscribes(account.price(5000), 2, coupons=[account.coupon(percent_off=10)])
    yield "2026-02-10T10:00"
    subscription.change(quantity=5)


@pytest.fixture
def account() -> StripeAccount:
    """Make an account with a customer who grows."""
    made = StripeAccount("2026-01-05T09:00")
    made.tell(grows(made))
    made.advance("2026-02-20")
    return made


@pytest.fixture
def server(account: StripeAccount) -> Iterator[StripeServer]:
    """Serve the account."""
    with StripeServer(account) as served:
        yield served


def ask(server: StripeServer, path: str = "/v1/customers", **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers={**HEADERS, **headers}, timeout=5)


def ids(page: Document) -> list[str]:
    return [each["id"] for each in page["data"]]


def test_lists_have_the_newest_first_and_pages_go_both_ways(account: StripeAccount) -> None:
    for number in range(5):
        account.customer(f"c{number}")
    api = Api(account)
    first = api.answer("/v1/customers", "limit=2")
    assert (ids(first), first["has_more"]) == (["cus_c4", "cus_c3"], True)
    older = api.answer("/v1/customers", "limit=4&starting_after=cus_c3")
    assert (ids(older), older["has_more"]) == (["cus_c2", "cus_c1", "cus_c0", "cus_grows"], False)
    newer = api.answer("/v1/customers", "limit=2&ending_before=cus_c0")
    assert (ids(newer), newer["has_more"]) == (["cus_c2", "cus_c1"], True)


def test_what_is_embedded_shows_ten_entries_and_the_others_are_a_list_of_their_own(account: StripeAccount) -> None:
    price = account.price(100)
    wide = account.customer("wide").subscribes(price, more=[(price, 1)] * 11)
    api = Api(account)
    embedded = api.answer(f"/v1/subscriptions/{wide.id}", "")["items"]
    assert (len(embedded["data"]), embedded["has_more"]) == (10, True)
    rest = api.answer("/v1/subscription_items", f"subscription={wide.id}&starting_after={ids(embedded)[-1]}")
    assert (len(rest["data"]), rest["has_more"]) == (2, False)


def test_only_what_is_expanded_is_there_and_four_levels_are_the_most(account: StripeAccount) -> None:
    api = Api(account)
    [plain] = api.answer("/v1/subscriptions", "")["data"]
    assert isinstance(plain["discounts"][0], str)
    [expanded] = api.answer("/v1/subscriptions", "expand[]=data.discounts.source.coupon")["data"]
    assert expanded["discounts"][0]["source"]["coupon"]["percent_off"] == 10
    account.price(tiers=[(None, 100, 0)])
    assert "tiers" not in api.answer("/v1/prices", "")["data"][0]
    assert api.answer("/v1/prices", "expand[]=data.tiers")["data"][0]["tiers"][0]["unit_amount"] == 100
    with pytest.raises(Refused, match="more than 4 levels"):
        api.answer("/v1/subscriptions", "expand[]=data.items.data.price.product")
    with pytest.raises(Refused, match="cannot be expanded"):
        api.answer("/v1/subscriptions", "expand[]=data.status")


def test_an_event_says_what_was_before_and_is_gone_after_thirty_days(account: StripeAccount) -> None:
    api = Api(account)
    query = "types[]=customer.subscription.updated&limit=100"
    changed = [
        each
        for each in api.answer("/v1/events", query)["data"]
        if each["data"]["previous_attributes"].get("items", {}).get("data", [{}])[0].get("quantity") == 2
    ]
    assert changed[-1]["created"] == second("2026-02-05T09:00")  # the period before
    assert changed[0]["created"] == second("2026-02-10T10:00")
    assert changed[0]["data"]["object"]["items"]["data"][0]["quantity"] == 5
    account.advance("2026-03-12T10:01")
    assert changed[0]["id"] not in ids(api.answer("/v1/events", query))
    with pytest.raises(Refused, match="No such object"):
        api.answer("/v1/events", f"ending_before={changed[0]['id']}")
    with pytest.raises(Refused, match="up to 20 types"):
        api.answer("/v1/events", "&".join(["types[]=charge.failed"] * 21))


def test_late_events_are_listed_late_at_their_own_time(account: StripeAccount) -> None:
    late = StripeAccount("2026-01-05T09:00", event_delay=lambda number: 600 * (number % 2), repeat_events=True)
    late.customer("a")
    api = Api(late)
    assert ids(api.answer("/v1/events", "")) == ["evt_0000001"]
    late.advance("2026-01-05T09:10")
    assert ids(api.answer("/v1/events", "")) == ["evt_0000002", "evt_0000001"]


def test_an_old_account_has_old_events_and_new_documents(account: StripeAccount) -> None:
    old = StripeAccount("2026-01-05T09:00", old_events=True)
    old.tell(grows(old))
    api = Api(old)
    [event] = api.answer("/v1/events", "type=customer.subscription.created")["data"]
    assert "current_period_end" in event["data"]["object"]
    assert "current_period_end" not in event["data"]["object"]["items"]["data"][0]
    assert event["api_version"] != VERSION
    assert "current_period_end" in api.answer("/v1/subscriptions", "")["data"][0]["items"]["data"][0]


def test_a_deleted_customer_leaves_its_id_and_a_test_clock_is_in_no_list(account: StripeAccount) -> None:
    api = Api(account)
    gone, unreal = account.customer("gone"), account.customer("unreal", test_clock=True)
    gone.subscribes(account.price(100))
    unreal.subscribes(account.price(100))
    gone.deleted()
    assert ids(api.answer("/v1/customers", "")) == ["cus_grows"]
    assert len(api.answer("/v1/subscriptions", "status=all")["data"]) == 2
    assert len(api.answer("/v1/subscriptions", "")["data"]) == 1
    expanded = api.answer("/v1/subscriptions", "status=canceled&expand[]=data.customer")["data"][0]["customer"]
    assert expanded == {"id": "cus_gone", "object": "customer", "deleted": True}
    assert "cus_unreal" not in account.truth.customers()


def test_parameters_that_stripe_does_not_know_are_refused(account: StripeAccount) -> None:
    for query in ("updated[gte]=1", "limit=101", "expand=data.customer", "created[since]=1", "starting_after=nobody"):
        with pytest.raises(Refused):
            Api(account).answer("/v1/customers", query)


def test_keys_permissions_and_versions(server: StripeServer) -> None:
    assert ask(server).status_code == 200
    assert ask(server, Authorization="Bearer sk_live_wrong").status_code == 401
    assert ask(server, **{"Stripe-Version": "2022-11-15"}).status_code == 400
    server.lacking = {"rak_event_read"}
    refused = ask(server, "/v1/events")
    assert refused.status_code == 403
    assert "rak_event_read" in refused.json()["error"]["message"]
    assert KEY not in refused.text


def test_what_goes_wrong_on_the_way(server: StripeServer) -> None:
    faults = {1: RATE_LIMITED, 2: BROKEN, 3: CONFLICT, 4: CUT, 5: Fault(seconds=0.01)}
    server.fault = faults.get
    limited = ask(server)
    assert limited.status_code == 429
    assert limited.headers["Stripe-Rate-Limited-Reason"]
    assert "Retry-After" not in limited.headers
    assert [ask(server).status_code, ask(server).status_code] == [500, 409]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(server)
    assert ask(server).status_code == 200


def test_the_true_ledger_counts_what_is_paid(account: StripeAccount) -> None:
    def rate(when: str) -> dict[str, float]:
        return {currency: float(paid) for currency, paid in account.truth.run_rates("cus_grows", second(when)).items()}

    assert rate("2026-01-05T08:59") == {}
    assert rate("2026-01-05T09:00") == {"EUR": 90}
    assert rate("2026-02-10T10:00") == {"EUR": 225}
