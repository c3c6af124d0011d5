"""What the stand-in answers, and what the exporter asks, is what Stripe has published of its API."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.servers.standin import HttpRequest
from tests.servers.stripe_mock import StripeMock, specification
from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.api import LISTS, Api
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.played import played
from tests.vendors.stripe.published import Published
from tests.vendors.stripe.shapes import VERSION
from tests.vendors.stripe.stories import END, START, with_stories
from tests.vendors.stripe.times import DAY

pytestmark = [pytest.mark.exhaustive, pytest.mark.integration]

EXPANDED = {
    "/v1/subscriptions": ("discounts.source.coupon", "latest_invoice", "customer"),
    "/v1/prices": ("tiers", "currency_options"),
    "/v1/coupons": ("applies_to",),
    "/v1/invoices": ("discounts", "payments", "lines.data.discounts"),
}
NEEDED = {"/v1/subscription_items": "&subscription=sub_0000001", "/v1/subscriptions": "&status=all"}


@pytest.fixture(scope="module")
def published() -> Published:
    """Read what Stripe has published, once for all tests."""
    return Published(specification())


@pytest.fixture(scope="module")
def mock() -> Iterator[StripeMock]:
    """Run Stripe's own stand-in."""
    with StripeMock() as running:
        yield running


@pytest.fixture(scope="module")
def account() -> StripeAccount:
    """Make an account in which every story has happened."""
    lived = with_stories(StripeAccount(START))
    lived.advance(END)
    return lived


def pages(api: Api, path: str, query: str) -> Iterator[Document]:
    """Yield the pages of a list, to its end."""
    after = ""
    while True:
        page = api.answer(path, query + after)
        yield page
        if not page["has_more"]:
            return
        after = f"&starting_after={page['data'][-1]['id']}"


def test_the_version_is_the_one_that_is_served(published: Published) -> None:
    assert published.version == VERSION


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_valid(path: str, account: StripeAccount, published: Published) -> None:
    expanded = "".join(f"&expand[]=data.{each}" for each in EXPANDED.get(path, ()))
    for query in ("limit=100", f"limit=100{expanded}"):
        for page in pages(Api(account), path, query + NEEDED.get(path, "")):
            assert page["data"]
            assert published.faults(path, page) == []


def test_every_document_of_an_event_is_valid(account: StripeAccount, published: Published) -> None:
    api = Api(account)
    for page in pages(api, "/v1/events", "limit=100"):
        for event in page["data"]:
            document = event["data"]["object"]
            assert published.faults_of(document["object"], document) == [], event["type"]


def test_the_account_and_a_deleted_customer_are_valid(account: StripeAccount, published: Published) -> None:
    api = Api(account)
    assert published.faults("/v1/account", api.answer("/v1/account", "")) == []
    assert published.faults_of("deleted_customer", account.objects.get("cus_customer_deleted") or {}) == []


def test_a_document_that_lacks_a_field_is_not_valid(account: StripeAccount, published: Published) -> None:
    page = Api(account).answer("/v1/subscriptions", "")
    del page["data"][0]["items"]["data"][0]["current_period_end"]
    page["data"][1]["current_period_end"] = 0
    assert len(published.faults("/v1/subscriptions", page)) == 2


def test_stripes_own_stand_in_refuses_what_it_does_not_know(mock: StripeMock) -> None:
    assert mock.refusal("GET", "/v1/subscriptions", "status=all&limit=100", VERSION) is None
    assert mock.refusal("GET", "/v1/subscriptions", "status=gone", VERSION)
    assert mock.refusal("GET", "/v1/subscriptions", "", "2022-11-15")


class Exchanges:
    """Every request of an exporter, and what was answered to it."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str], str] = {}
        self.answers: list[tuple[str, Document]] = []

    def note(self, request: HttpRequest, document: Document) -> None:
        """Take a request and its answer; requests that differ only in ids and times are one."""
        alike = re.sub(r"(?<=[=_])\d+", "0", f"{request.path}?{request.query}")
        self.requests.setdefault((request.method, alike), f"{request.path}?{request.query}")
        self.answers.append((request.path, document))


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Exchanges:
    """Let an exporter read an account with all stories each week, and another once at the end."""
    taken = Exchanges()
    for already_lived in (START, END):
        lived = with_stories(StripeAccount(START))
        lived.advance(already_lived)
        with played(tmp_path_factory.mktemp("exchanges"), lived, every=7 * DAY, answered=taken.note):
            pass
    return taken


def test_stripes_own_stand_in_accepts_every_request_of_the_exporter(exchanges: Exchanges, mock: StripeMock) -> None:
    assert len(exchanges.requests) > 10
    for method, _ in exchanges.requests:
        assert method == "GET"
    parts = [text.partition("?") for text in exchanges.requests.values()]
    refusals = [mock.refusal("GET", path, query, VERSION) for path, _, query in parts]
    assert [refusal for refusal in refusals if refusal] == []


def test_every_answer_to_the_exporter_is_valid(exchanges: Exchanges, published: Published) -> None:
    for path, document in exchanges.answers:
        assert published.faults(path, document) == [], path


def test_no_request_expands_more_than_four_levels(exchanges: Exchanges) -> None:
    expanded = {each for text in exchanges.requests.values() for each in re.findall(r"expand%5B%5D=([^&]+)", text)}
    assert expanded
    assert max(each.count(".") for each in expanded) < 4
