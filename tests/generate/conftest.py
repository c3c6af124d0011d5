"""The companies whose generated files are tested, and the folders that hold these files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.catalogue.loading import load_all, shipped, shipped_file
from exporter.catalogue.model import Company
from exporter.generate.registry import generated
from tests.support.folders import write_all
from tests.support.synthetic_company import synthetic


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Load the synthetic company."""
    return synthetic(tmp_path_factory.mktemp("acme"))


@pytest.fixture(scope="session")
def texts(acme: Company) -> Mapping[str, str]:
    """Generate the files of the synthetic company."""
    return generated([acme])


@pytest.fixture(scope="session")
def companies(acme: Company) -> list[Company]:
    """Load the synthetic company and those that ship."""
    return [acme, *load_all([shipped_file(name) for name in shipped()]).values()]


@pytest.fixture(scope="session")
def all_texts(companies: list[Company]) -> Mapping[str, str]:
    """Generate the files of all these companies."""
    return generated(companies)


@pytest.fixture(scope="session")
def tree(all_texts: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of all these companies to a folder."""
    folder = tmp_path_factory.mktemp("tree")
    write_all(folder, all_texts)
    return folder
