"""Message templates for Slack, e-mail and PagerDuty, and the companies' names in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.text import MARK

_HEAD = f"{{{{/* {MARK} */ -}}}}\n"


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the template files by path."""
    templates = files("exporter.generate.notifications") / "templates"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in templates.iterdir()}
    texts["companies.tmpl"] = _companies(companies)
    return {conventions.message_template(name): _HEAD + text for name, text in texts.items()}


def _companies(companies: Sequence[Company]) -> str:
    """Return a template that prints the name of a message's company; the exporter's own alerts have none."""
    names = {"": "KPI exporter"} | {company.name: company.title for company in companies}
    cases = [
        f"{{{{- else if eq .CommonLabels.company {_literal(name)} }}}}{{{{ {_literal(title)} }}}}"
        for name, title in names.items()
    ]
    cases[0] = cases[0].replace("else if", "if", 1)
    lines = ['{{ define "kpi.company" }}', *cases, "{{- else }}{{ .CommonLabels.company }}{{ end }}{{ end }}"]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Return a string literal of Go."""
    return json.dumps(text, ensure_ascii=False)
