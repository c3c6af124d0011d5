"""The generated files as Kubernetes takes them: rules and the scrape for the Prometheus operator, boards for Grafana.

What is inside is taken from the files as they are, so that a cluster and a server of one's own do the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml

from exporter import conventions
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import Verbatim, yaml_file

OPERATOR = "monitoring.coreos.com/v1"

SIDECAR_LABEL = "grafana_dashboard"
FOLDER_ANNOTATION = "grafana_folder"
"""What Grafana's sidecar looks for, unless its settings say otherwise."""

MOST_BYTES = {"ConfigMap": 1024 * 1024, "PrometheusRule": 512 * 1024}
"""The API server refuses a larger ConfigMap; the operator passes rules on in ConfigMaps that it fills by half."""

_APP = "app.kubernetes.io/name"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_SUBDOMAIN = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_LABEL_KEY = re.compile(rf"(?:(?=[^/]{{1,253}}/){_SUBDOMAIN}/)?{_LABEL}")
_LABEL_VALUE = re.compile(rf"(?:{_LABEL})?")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 63


@dataclass(frozen=True)
class Cluster:
    """Where resources go: a namespace, None for that of the one who applies them, and labels by which operators find
    them.

    Raises `ValueError` for what Kubernetes would refuse.
    """

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.namespace is not None and not _NAME.fullmatch(self.namespace):
            form = f"at most {_LONGEST_NAME} lower-case letters, digits and hyphens, neither first nor last a hyphen"
            raise ValueError(f"{self.namespace!r} is not a name of a namespace; write {form}")
        for key, value in self.labels.items():
            if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
                raise ValueError(f"'{key}={value}' is not a label of Kubernetes; write for example release=prometheus")

    def resource(
        self,
        version: str,
        kind: str,
        name: str,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The head of a resource, with labels and annotations beside those that all have."""
        metadata: dict[str, Any] = {"name": name}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
        metadata["labels"] = {_APP: conventions.JOB, **self.labels, **(labels or {})}
        if annotations:
            metadata["annotations"] = dict(annotations)
        return {"apiVersion": version, "kind": kind, "metadata": metadata}


def manifests(files: Mapping[str, str], cluster: Cluster) -> Mapping[str, str]:
    """A manifest per rules file and board among the generated files, and one for the scrape, by path.

    Raises `ValueError` for one that is larger than the cluster would take.
    """
    texts = {conventions.manifest_file("exporter.servicemonitor"): yaml_file(_service_monitor(cluster))}
    for path, text in files.items():
        name = _name_in(path, conventions.rules_file("*"))
        board = _name_in(path, conventions.dashboard_file("*", "*"))
        if name is not None:
            _check_size(path, "PrometheusRule", text)
            texts[conventions.manifest_file(f"{name}.rules")] = yaml_file(_rules(name, text, cluster))
        elif board is not None:
            _check_size(path, "ConfigMap", text)
            company = PurePosixPath(path).parent.name
            texts[conventions.manifest_file(f"{company}.{board}.dashboard")] = yaml_file(
                _board(company, board, text, cluster)
            )
    return dict(sorted(texts.items()))


def resource_name(*parts: str) -> str:
    """The parts joined by hyphens, if Kubernetes takes that for a name (RFC 1123).

    Else what it takes of them, with a digest at the end, so that no two names become one.
    """
    joined = "-".join(parts)
    if _NAME.fullmatch(joined):
        return joined
    digest = hashlib.sha256(joined.encode()).hexdigest()[:8]
    safe = re.sub(r"[^a-z0-9]+", "-", joined.lower()).strip("-")
    return f"{safe[: _LONGEST_NAME - 1 - len(digest)].rstrip('-')}-{digest}"


def _name_in(path: str, form: str) -> str | None:
    """The last part of a path that has this form, without what follows the `*`; None for another path."""
    if not PurePosixPath(path).match(form):
        return None
    return PurePosixPath(path).name.removesuffix(PurePosixPath(form).name.removeprefix("*"))


def _rules(name: str, text: str, cluster: Cluster) -> Mapping[str, Any]:
    head = cluster.resource(OPERATOR, "PrometheusRule", resource_name(conventions.RULES, name))
    return {**head, "spec": yaml.safe_load(text)}


def _service_monitor(cluster: Cluster) -> Mapping[str, Any]:
    """The scrape of every service that has the label.

    Its job is the label's value, which the rules rely on. The labels of the exporter's series win over those of the
    target, such as `service`, so that the rules select by what the catalogue calls so.
    """
    head = cluster.resource(OPERATOR, "ServiceMonitor", conventions.JOB)
    return {
        **head,
        "spec": {
            "jobLabel": _APP,
            "selector": {"matchLabels": {_APP: conventions.JOB}},
            "endpoints": [{"port": "metrics", "path": "/metrics", "interval": INTERVAL, "honorLabels": True}],
        },
    }


def _board(company: str, board: str, text: str, cluster: Cluster) -> Mapping[str, Any]:
    """One board in the company's folder; boards of several maps that land in one folder must differ in their file."""
    name = resource_name(conventions.RULES, company, board)
    head = cluster.resource("v1", "ConfigMap", name, {SIDECAR_LABEL: "1"}, {FOLDER_ANNOTATION: company})
    return {**head, "data": {f"{name}.json": Verbatim(text)}}


def _check_size(path: str, kind: str, text: str) -> None:
    size, most = len(text.encode()), MOST_BYTES[kind]
    if size > most:
        raise ValueError(f"{path} has {size:,} bytes, and a {kind} takes {most:,}; split the company's catalogue")
