"""The kustomize base, made from the Helm chart, so that both install the same.

`python -m tests.deploy.base` writes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.chart import rendered

KUSTOMIZE = Path(__file__).parents[2] / "deploy" / "kustomize"
VALUES = Path(__file__).parent / "kustomize.yaml"

FOLDERS = {
    "ServiceAccount": "base",
    "Service": "base",
    "StatefulSet": "base",
    "ServiceMonitor": "components/scrape",
    "NetworkPolicy": "components/network-policy",
}
"""Where each kind of resource is: what not every cluster has or wants is a component."""

_HEAD = "# Made from the Helm chart by `python -m tests.deploy.base`; change the chart, not this file.\n"
_OF_HELM = ("app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart")


def manifests() -> Mapping[str, str]:
    """Return the manifests by path below `deploy/kustomize`."""
    made = [each for each in yaml.safe_load_all(rendered(VALUES)) if each]
    return {
        f"{FOLDERS[each['kind']]}/{each['kind'].lower()}.yaml": _HEAD + yaml.safe_dump(_plain(each), sort_keys=False)
        for each in made
    }


def _plain(value: Any) -> Any:
    """Return the resource without what is Helm's, and without the namespace, which is an overlay's."""
    if isinstance(value, list):
        return [_plain(each) for each in value if not str(each).endswith(".svc")]
    if not isinstance(value, dict):
        return value
    left_out = (*_OF_HELM, "namespace")
    return {key: _plain(each) for key, each in value.items() if key not in left_out}


def main() -> None:
    for path, text in manifests().items():
        (KUSTOMIZE / path).write_text(text)


if __name__ == "__main__":
    main()
