"""The request for a what-if."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from exporter.analysis.parameters import COMPANY, Parameter, RequestContext
from exporter.catalogue.language.shocks import Shocks
from exporter.catalogue.model import Company
from exporter.catalogue.resolution.scenarios import parse_settings


def _shocks(texts: Sequence[str], context: RequestContext) -> Shocks:
    return parse_settings(context.of_company, texts)


def _with_plus(setting: str) -> str:
    """Restore a plus sign that was not encoded and arrives as a space: without it the change would be a new amount."""
    name, equals, change = setting.rpartition("=")
    return f"{name}{equals}+{change[1:]}" if change.startswith(" ") else setting


@dataclass(frozen=True)
class WhatIfRequest:
    """A company and changes of its inputs (`churn=+200bp`)."""

    company: Annotated[Company, COMPANY]
    shocks: Annotated[
        Shocks,
        Parameter(
            _shocks,
            "A measure or KPI and its change: +20% of it, +200bp or +500 added, or a new amount. May be repeated.",
            "INPUT=CHANGE",
            name="set",
            required=True,
            repeated=True,
            from_query=_with_plus,
        ),
    ]
