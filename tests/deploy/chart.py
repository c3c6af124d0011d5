"""The Helm chart, the sets of values that it is tried with, and what Helm makes of them.

`python -m tests.deploy.chart` writes the golden files anew.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers import go_program

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "kpi-exporter"
SETS = sorted((Path(__file__).parent / "values").glob("*.yaml"))
GOLDEN = Path(__file__).parent / "golden"
KUBERNETES = "v1.33.4"


def helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Helm and return what it says."""
    command = [str(go_program.program("helm.sh/helm/v3/cmd/helm", "v3.22.0")), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def rendered(values: Path, *arguments: str) -> str:
    """Return the manifests of the chart with these values, as the release `kpi` in the namespace `monitoring`."""
    return _output("template", "kpi", CHART, "--namespace=monitoring", f"--values={values}", *arguments)


def _output(*arguments: str | Path) -> str:
    result = helm(*arguments, f"--kube-version={KUBERNETES}")
    if result.returncode:
        raise RuntimeError(result.stderr)
    return result.stdout


def write_golden(sets: Sequence[Path] = SETS) -> None:
    """Write what Helm makes of each set of values."""
    GOLDEN.mkdir(exist_ok=True)
    for values in sets:
        (GOLDEN / values.name).write_text(rendered(values))


if __name__ == "__main__":
    write_golden()
