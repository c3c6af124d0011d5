"""The options of the source `stripe`: a key, and what is not as usual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from exporter.sources.endpoint import HeaderValue, Url
from exporter.sources.exchange import RequestRules
from exporter.sources.interface import NOT_SET, MeasureOptions
from exporter.sources.request_rate import Rate
from exporter.sources.session import Session
from exporter.sources.stripe.api import error_message
from exporter.sources.stripe.source import TABLES, Stripe
from exporter.sources.stripe.visit import Settings
from exporter.sources.vendor import VendorOptions

VERSION = "2026-08-26.dahlia"
"""The version of the API that every request asks for, whatever the account's own is."""


_REQUESTS = {"live": 100, "test": 25}
"""Requests a second that Stripe allows, by the mode of the data."""

_TRANSIENT = frozenset({409, 500})
"""Errors that a request which only reads may have once and not again."""


def _secret_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if text == NOT_SET:
        return key
    if text.startswith("pk_"):
        raise ValueError("is a publishable key, which can read nothing; make a restricted one (rk_) that may read")
    if not re.match(r"(sk|rk)_", text):
        raise ValueError("is no key of Stripe's API; it begins with rk_, for a restricted key, or with sk_")
    return key


class StripeOptions(VendorOptions):
    """`key` is a restricted key (`rk_`) that may read; nothing else is needed."""

    product = "Stripe"
    reads = "reads subscriptions and payments from Stripe"

    type: Literal["stripe"]
    url: Url = Field(
        default=SecretStr("https://api.stripe.com"), validate_default=True, description="address of the API"
    )
    key: Annotated[HeaderValue, AfterValidator(_secret_key)] = Field(
        description="restricted key (rk_...) that may read customers, subscriptions, prices, coupons, invoices, "
        "charges and events"
    )
    tier: str = Field(
        default="metadata.tier", description="where a customer has its tier: `metadata.` and a key of its metadata"
    )
    livemode: bool | None = Field(
        default=None, description="true reads real data, false that of test mode; that of the key if not given"
    )
    account: str | None = Field(
        default=None, pattern=r"^acct_[A-Za-z0-9_]+$", description="connected account, read by a platform's key"
    )

    @field_validator("tier")
    @classmethod
    def _in_the_customer(cls, tier: str) -> str:
        if not all(tier.split(".")):
            raise ValueError("is not a path in a customer; write for example metadata.plan")
        return tier

    @model_validator(mode="after")
    def _mode_of_the_key(self) -> StripeOptions:
        if self.livemode is not None and self.key_is_live is not None and self.livemode != self.key_is_live:
            mode = "live" if self.key_is_live else "test"
            raise ValueError(f"`livemode` is {str(self.livemode).lower()}, and `key` is one of {mode} mode")
        return self

    @property
    def key_is_live(self) -> bool | None:
        """Whether the key reads real data, None where it does not say so."""
        match = re.match(r"(?:sk|rk)_(live|test)_", self.key.get_secret_value())
        return match[1] == "live" if match else None

    @property
    def reads_live(self) -> bool:
        """Whether real data are read."""
        return next((mode for mode in (self.livemode, self.key_is_live) if mode is not None), True)

    def all_headers(self) -> Mapping[str, str]:
        """Return the headers of every request, credentials included."""
        of_account = {"Stripe-Account": self.account} if self.account else {}
        bearer = f"Bearer {self.key.get_secret_value()}"
        return {"Authorization": bearer, "Stripe-Version": VERSION, **of_account}

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables; no option names columns of them."""
        return dict.fromkeys(TABLES, ())

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return none."""
        return {}

    def build(self, name: str) -> Stripe:
        """Return the source; it opens nothing before its first poll."""
        rate = Rate(_REQUESTS["live" if self.reads_live else "test"], 1)
        rules = RequestRules(rate, _TRANSIENT, credentials="key")
        settings = Settings(self.reads_live, int(self.history), tuple(self.tier.split(".")))
        return Stripe(Session(self, explain=error_message, rules=rules), settings)
