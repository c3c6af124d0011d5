"""The schemas of what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.schemas import write_schemas


@pytest.fixture(scope="package")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the schema of each kind."""
    folder = tmp_path_factory.mktemp("schemas")
    write_schemas(folder)
    return folder
