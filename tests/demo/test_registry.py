"""Every simulated company: found by its folder, named after its catalogue, the same bytes each time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from exporter.catalogue.loading import shipped_file
from exporter.demo.registry import Write, companies

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_each_extends_the_catalogue_of_its_name(tmp_path: Path) -> None:
    assert {"managed-kubernetes", "vmcloud"} <= companies().keys()
    for name, write in companies().items():
        assert shipped_file(name).is_file()
        document = yaml.safe_load(write(tmp_path / name, NOW).read_text("utf-8"))
        assert document["extends"] == document["company"] == name


@pytest.mark.parametrize("write", companies().values(), ids=companies())
def test_the_same_moment_and_seed_are_the_same_bytes(write: Write, tmp_path: Path) -> None:
    first, again, other = (write(tmp_path / name, NOW, seed).parent for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    written = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
    assert written == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert any((other / path).read_bytes() != content for path, content in written.items())


@pytest.mark.parametrize("write", companies().values(), ids=companies())
def test_now_needs_an_offset(write: Write, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="now needs an offset"):
        write(tmp_path, NOW.replace(tzinfo=None))
