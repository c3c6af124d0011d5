"""The written review: what Markdown and HTML say, and that nothing in it is taken for markup or fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from exporter.analysis.review.document import write
from exporter.analysis.review.request import Format, ReviewRequest
from exporter.analysis.review.review import Review, review
from exporter.catalogue.schema.company import Cadence
from tests.support.world import MakeWorld, TableRow, utc

NOW = utc("2026-04-20T06:00")


@pytest.fixture
def reviewed(world: MakeWorld) -> Review:
    """P1 incidents: none in January, one in February, six in March."""
    tables: dict[str, list[TableRow]] = {
        "incidents": [
            {"incident_id": f"{month}{n}", "priority": "P1", "triggered_at": f"2026-{month}-10T{n:02}:00:00Z"}
            for month, count in (("02", 1), ("03", 6))
            for n in range(count)
        ],
        "assets": [{"asset_id": n, "kind": "cluster", "starts_at": "2026-01-01T00:00Z"} for n in range(4)],
        "surveys": [],
    }
    kpis = {"p1_incidents": {"title": "P1 | *all* <b>", "accumulates": False}, "clusters": {"plan": {"base": "M0 16"}}}
    made = world(tables, catalogue={"title": "Acme & <Sons>", "kpis": kpis}).poll(NOW)
    return review(ReviewRequest(made.company, Cadence.MONTHLY), made.store, NOW)


def test_markdown_tells_what_changed_is_behind_moved_and_is_unknown(reviewed: Review) -> None:
    text = write(reviewed, Format.MARKDOWN)
    assert text.startswith("# Acme & \\<Sons\\>: monthly review\n\n20 April 2026, against 20 March 2026. 7 KPIs: ")
    assert "| P1 \\| \\*all\\* \\<b\\> (`p1_incidents`) | OK | **critical** | 6 |" in text
    assert "| Clusters under management (`clusters`) | 4 | 16 | 75% | ▁▁▁▁▁▁▁▁▁████ |" in text
    assert "| P1 \\| \\*all\\* \\<b\\> (`p1_incidents`) | +5 | 6 | ▁▁▁▁▁▁▁▁▁▁▁▂█ |" in text
    assert "- Customer satisfaction (`csat`): csat has no data from 2026-03-01 00:00 to 2026-04-01 00:00" in text
    assert "| Clusters under management (`clusters`) | 4 | no change | off target | plan, missed | 16 |" in text
    assert "in order" not in text
    assert "uptime" not in text  # which is not connected
    assert text.endswith("|\n")


def test_tables_of_markdown_have_as_many_cells_as_columns(reviewed: Review) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", write(reviewed, Format.MARKDOWN), re.MULTILINE)
    assert len(blocks) >= 5
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}) == 1


class _Seen(HTMLParser):
    """The tags of a document, and every address in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href", "style", "onload")]


def test_html_draws_its_plots_itself_and_asks_for_nothing(reviewed: Review) -> None:
    text = write(reviewed, Format.HTML)
    seen = _Seen()
    seen.feed(text)
    assert seen.addresses == ["data:,"]
    assert "script" not in seen.tags
    assert seen.tags.count("polyline") >= 4
    assert 'aria-label="P1 | *all* &lt;b&gt;: from 0 to 6"' in text
    assert '<span class="state off-target">off target</span>' in text
    assert "in order" not in text
    assert "Acme &amp; &lt;Sons&gt;: monthly review" in text
    assert "csat has no data from 2026-03-01 00:00 to 2026-04-01 00:00" in text


def test_a_review_of_little_says_so(world: MakeWorld) -> None:
    made = world({"assets": []}).poll(NOW)
    quiet = review(ReviewRequest(made.company, Cadence.DAILY), made.store, NOW)
    for form in Format:
        text = write(quiet, form)
        assert "No KPI changed its status." in text
        assert "No KPI is behind its plan." in text
        assert "No KPI moved." in text
