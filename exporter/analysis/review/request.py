"""The request for a review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from exporter.analysis.parameters import COMPANY, Parameter, choice, instant
from exporter.catalogue.model import Company
from exporter.catalogue.schema.company import Cadence


class Format(StrEnum):
    """What a review is written as."""

    MARKDOWN = "markdown"
    HTML = "html"


@dataclass(frozen=True)
class ReviewRequest:
    """The KPIs of a cadence or a finer one, against `since` in UTC, None for one cadence ago."""

    company: Annotated[Company, COMPANY]
    cadence: Annotated[
        Cadence,
        choice(Cadence, "KPIs of this cadence or a finer one are reviewed.", required=True),
    ]
    since: Annotated[
        datetime | None, Parameter(instant, "When the last review was; one cadence ago if not given.", "DATE")
    ] = None
    format: Annotated[Format, choice(Format)] = Format.MARKDOWN
