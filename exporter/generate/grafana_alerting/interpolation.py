"""What Grafana replaces in its provisioning files: variables of the environment and files, by a dollar sign."""

from __future__ import annotations

from typing import Any


def escaped(value: Any) -> Any:
    """Return the value with every dollar sign doubled, so that Grafana reads texts as they are."""
    match value:
        case str():
            return value.replace("$", "$$")
        case dict():
            return {key: escaped(each) for key, each in value.items()}
        case list():
            return [escaped(each) for each in value]
    return value


def contents(path: str) -> str:
    """Return what stands for the content of a file on Grafana's machine."""
    return f"$__file{{{path}}}"


def annotation(template: str) -> str:
    """Return a template in which nothing looks like a variable: in annotations, Grafana replaces `${...}` alone."""
    return template.replace("${", '{{ "$" }}{')
