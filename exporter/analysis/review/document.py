"""The review as a document: Markdown to paste into a message, or HTML that asks for nothing else."""

from __future__ import annotations

import re
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporter.analysis.review import plot
from exporter.analysis.review.request import Format
from exporter.analysis.review.review import Review
from exporter.analysis.review.style import STYLE

_SPECIAL = re.compile(r"([\\`*_<>|\[\]#])")


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("exporter.analysis.review"),
        autoescape=autoescape,  # noqa: S701 - off for Markdown only, where the filter `plain` escapes
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


_MARKDOWN = _environment(autoescape=False)
_MARKDOWN.filters["plain"] = _plain
_HTML = _environment(autoescape=True)


def write(review: Review, form: Format) -> str:
    """Return the whole document."""
    zone = review.company.calendar.zone

    def day(at: datetime) -> str:
        return f"{at.astimezone(zone):%-d %B %Y}"

    counts = [f"{count} {status.text}" for status, count in review.counts.items() if count]
    variables = {"review": review, "plot": plot, "day": day, "counts": counts}
    if form is Format.MARKDOWN:
        return _MARKDOWN.get_template("report.md").render(variables)
    style = Markup(STYLE)  # noqa: S704 - our own file, which its hash in the policy vouches for
    return _HTML.get_template("report.html").render(variables, style=style)
