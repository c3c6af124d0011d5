"""The style sheet of charts and of the documents that show them: colours, type, tables and statuses."""

from __future__ import annotations

from importlib.resources import files

BASE_STYLE = (files("exporter.charts") / "base.css").read_text(encoding="utf-8")
