"""The request for an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from exporter.analysis.parameters import COMPANY, KPI, Parameter, instant, known_at
from exporter.catalogue.model import Company, Kpi


@dataclass(frozen=True)
class ExplainRequest:
    """A KPI, as of an instant in UTC, None for now, by the records known now or at `known_at`."""

    company: Annotated[Company, COMPANY]
    kpi: Annotated[Kpi, KPI]
    as_of: Annotated[
        datetime | None, Parameter(instant, "A date or time in the past, in the company's time zone.", "DATE")
    ] = None
    known_at: Annotated[
        datetime | None,
        Parameter(
            known_at,
            "Tell revenue as it was known then, a day meaning its end, not as later corrections restate it.",
            "DATE",
        ),
    ] = None
