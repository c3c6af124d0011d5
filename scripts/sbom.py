"""Print a software bill of materials (CycloneDX 1.6, JSON) of the packages in a virtual environment.

`python scripts/sbom.py /opt/kpi-exporter`. The environment needs no pip; its metadata is read as it lies there.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any


def component(package: Distribution) -> dict[str, Any]:
    """Return what the bill says of a package: its name, version, license and package URL."""
    name = package.metadata["Name"]
    described: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{_normalized(name)}@{package.version}",
        "name": name,
        "version": package.version,
        "purl": f"pkg:pypi/{_normalized(name)}@{package.version}",
    }
    if expression := package.metadata.get("License-Expression"):
        described["licenses"] = [{"expression": expression}]
    elif (text := package.metadata.get("License")) and "\n" not in text:
        described["licenses"] = [{"license": {"name": text}}]
    return described


def bill(environment: Path) -> dict[str, Any]:
    """Return the bill of a virtual environment."""
    folders = [str(each) for each in sorted(environment.glob("lib/python*/site-packages"))]
    components = {each["purl"]: each for each in map(component, distributions(path=folders))}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "kpi-exporter"}},
        "components": [components[purl] for purl in sorted(components)],
    }


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(Path(sys.argv[1])), indent=2) + "\n")
