"""Targets and thresholds as pages, series and boards write them."""

from __future__ import annotations

import pytest

from exporter.quantities.display import heading, with_unit
from exporter.quantities.units import parse


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("> 4000", "EUR/month", "> €4,000/month"),
        ("<= 150000", "USD/year", "<= $150,000/year"),
        ("> 123,456.5", "EUR", "> €123,456.5"),
        ("> 15000 (phase 2)", "EUR", "> €15,000 (phase 2)"),
        ("< 12", "months", "< 12 months"),
        ("<= 2.0", "ratio", "<= 200%"),
        ("> 20000", "count", "> 20,000"),
        ("> 5%", "ratio", "> 5%"),
        ("> €4,000", "EUR", "> €4,000"),
        ("< 72 h", "duration", "< 72 h"),
        ("< 90% of plan", "EUR", "< 90% of plan"),
        ("outside 4 to 8", "per year", "outside 4 to 8"),
        (">= 3 months in a row", "months", ">= 3 months in a row"),
    ],
)
def test_a_limit_without_a_unit_has_the_unit_of_its_kpi(text: str, unit: str, expected: str) -> None:
    assert with_unit(text, parse(unit)) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("saas", "SaaS"),
        ("customer_success", "Customer success"),
        ("saas_customers", "SaaS customers"),
        ("mid_market_smb", "Mid market SMB"),
        ("hr", "HR"),
    ],
)
def test_a_heading_has_short_forms_as_people_write_them(name: str, text: str) -> None:
    assert heading(name) == text
