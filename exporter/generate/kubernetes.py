"""Manifests for Kubernetes: rules and scrape for the Prometheus operator, boards for Grafana's sidecar.

The manifests contain the generated files, so that a cluster behaves as a server does; only the names and labels of
alerts fit the cluster.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml

from exporter import conventions
from exporter.generate.rule_manifests import in_cluster, in_parts
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import Verbatim, yaml_file

OPERATOR = "monitoring.coreos.com/v1"

SIDECAR_LABEL = "grafana_dashboard"
FOLDER_ANNOTATION = "grafana_folder"
"""The label and the annotation that Grafana's sidecar looks for by default."""

MOST_BYTES = 1024 * 1024
"""The API server refuses a larger ConfigMap."""

_APP = "app.kubernetes.io/name"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_SUBDOMAIN = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_LABEL_KEY = re.compile(rf"(?:(?=[^/]{{1,253}}/){_SUBDOMAIN}/)?{_LABEL}")
_LABEL_VALUE = re.compile(rf"(?:{_LABEL})?")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 63


@dataclass(frozen=True)
class Cluster:
    """Says where resources go: a namespace, None for the current one, and labels by which operators find them.

    Raises:
        ValueError: Kubernetes would refuse the namespace or a label.
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
        """Return a resource without its content; labels and annotations add to the common ones."""
        metadata: dict[str, Any] = {"name": name}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
        metadata["labels"] = {_APP: conventions.JOB, **self.labels, **(labels or {})}
        if annotations:
            metadata["annotations"] = dict(annotations)
        return {"apiVersion": version, "kind": kind, "metadata": metadata}


def manifests(files: Mapping[str, str], cluster: Cluster) -> Mapping[str, str]:
    """Return a manifest by path for each rules file and board, and one for the scrape.

    Raises:
        ValueError: a file is larger than the cluster accepts.
    """
    texts = {conventions.manifest_file("exporter.servicemonitor"): yaml_file(_service_monitor(cluster))}
    for path, text in files.items():
        name = _name_in(path, conventions.rules_file("*"))
        board = _name_in(path, conventions.dashboard_file("*", "*"))
        if name is not None:
            for part, resource in _rules(name, text, cluster):
                texts[conventions.manifest_file(f"{part}.rules")] = yaml_file(resource)
        elif board is not None:
            _check_size(path, text)
            company = PurePosixPath(path).parent.name
            texts[conventions.manifest_file(f"{company}.{board}.dashboard")] = yaml_file(
                _board(company, board, text, cluster)
            )
    return dict(sorted(texts.items()))


def resource_name(*parts: str) -> str:
    """Join the parts by hyphens, if that is a name in Kubernetes (RFC 1123).

    Else replace what Kubernetes refuses and add a digest, so that different parts never share a name.
    """
    joined = "-".join(parts)
    if _NAME.fullmatch(joined):
        return joined
    digest = hashlib.sha256(joined.encode()).hexdigest()[:8]
    safe = re.sub(r"[^a-z0-9]+", "-", joined.lower()).strip("-")
    return f"{safe[: _LONGEST_NAME - 1 - len(digest)].rstrip('-')}-{digest}"


def _name_in(path: str, form: str) -> str | None:
    """Return what stands for the `*` in the file name of a path of this form; None for another path."""
    if not PurePosixPath(path).match(form):
        return None
    return PurePosixPath(path).name.removesuffix(PurePosixPath(form).name.removeprefix("*"))


def _rules(name: str, text: str, cluster: Cluster) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield resources with a company's rules, each with the name of its file: one, unless that were too large."""
    groups = [in_cluster(group, name, cluster.namespace) for group in yaml.safe_load(text)["groups"]]
    for number, part in enumerate(in_parts(groups), 1):
        parts = (name,) if number == 1 else (name, str(number))
        head = cluster.resource(OPERATOR, "PrometheusRule", resource_name(conventions.RULES, *parts))
        yield ".".join(parts), {**head, "spec": {"groups": list(part)}}


def _service_monitor(cluster: Cluster) -> Mapping[str, Any]:
    """Return the scrape of every service that has the label.

    The label's value is the job that the rules expect. Labels of the exporter's series, such as `service`, win over
    those of the target, so that the rules select by the catalogue's meaning.
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
    """Return one board for the company's folder.

    Its key is unique, since Grafana's sidecar unpacks several maps into one folder.
    """
    name = resource_name(conventions.RULES, company, board)
    head = cluster.resource("v1", "ConfigMap", name, {SIDECAR_LABEL: "1"}, {FOLDER_ANNOTATION: company})
    return {**head, "data": {f"{name}.json": Verbatim(text)}}


def _check_size(path: str, text: str) -> None:
    size = len(text.encode())
    if size > MOST_BYTES:
        raise ValueError(f"{path} has {size:,} bytes, and a ConfigMap takes {MOST_BYTES:,}; split the catalogue")
