"""Reading YAML that the program wrote."""

from __future__ import annotations

from typing import Any

import yaml


def read_yaml(text: str) -> Any:
    """Parse a document by libyaml, which takes a tenth of the time of `yaml.safe_load`."""
    return yaml.load(text, yaml.CSafeLoader)
