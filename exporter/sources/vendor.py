"""The options that every vendor's kind of source has: a key is all that it needs."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from exporter.calendar.durations import Duration
from exporter.sources.endpoint import HeaderValue, Remote


class VendorOptions(Remote):
    """Base of the options of a source whose API and its mapping to record tables are known.

    A kind gives `url` the vendor's own address as default, and says in `all_headers` how the key is sent.
    """

    product: ClassVar[str]
    """What people call it: `Stripe`."""

    key: HeaderValue = Field(description="key of the API; reading is all that it needs to be allowed")
    history: Duration = Field(
        default=2 * 365 * 86400.0, gt=0, description="how far before its first poll the source is read"
    )
