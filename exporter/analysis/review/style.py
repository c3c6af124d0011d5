"""The looks of a review: in the document itself, so that it can be mailed, and named by their hash in the policy."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from exporter.charts.style import BASE_STYLE

STYLE = BASE_STYLE + (files("exporter.analysis.review") / "review.css").read_text(encoding="utf-8")
STYLE_HASH = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""Names it in the content security policy."""
