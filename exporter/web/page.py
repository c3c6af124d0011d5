"""The page for people: one HTML document that asks for nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporter import __version__
from exporter.kpis.reading import CompanyReading
from exporter.web.view import WORST_FIRST, company_view

REFRESH_SECONDS = 30

STYLE = (files("exporter.web") / "static" / "page.css").read_text(encoding="utf-8")
STYLE_HASH = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""Names the page's only style sheet in the content security policy."""

_environment = Environment(
    loader=PackageLoader("exporter.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(companies: Sequence[CompanyReading], now: datetime) -> str:
    """The document at `now`."""
    views = [company_view(reading, now) for reading in companies]
    totals = {word: sum(view.counts[word] for view in views) for word in WORST_FIRST}
    return _environment.get_template("page.html").render(
        companies=views,
        totals=totals,
        now=now,
        refresh=REFRESH_SECONDS,
        style=Markup(STYLE),  # noqa: S704 - our own file, which its hash in the policy vouches for
        version=__version__,
    )
