"""No file that a person may write makes a traceback, a crash or a wait: it is a sentence with file, line and column."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from exporter.catalogue.loading import load
from exporter.catalogue.reading.problems import CatalogueError
from exporter.sources.interface import Options
from tests.support.source_polls import options

HEAD = """company: acme
title: Acme
currency: EUR
timezone: UTC
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
"""
ALIASES = "x0: &a0 [a, a]\n" + "".join(f"x{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
CHAIN = "x0: &a0 [a]\n" + "".join(f"x{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000))
MEASURE = "sources: {s: {type: http, url: 'http://x.example', measures: {m: {unit: count, select: '%s'}}}}\n"

FILES = {
    "lists": ("a: " + "[" * 100_000 + "]" * 100_000, r"acme.yaml:1:\d+: .*more than 50 deep"),
    "lists that do not end": ("a: " + "[" * 100_000, r"acme.yaml:1:\d+: .*more than 50 deep"),
    "mappings": ("a: " + "{b: " * 5000 + "}" * 5000, r"acme.yaml:1:\d+: .*more than 50 deep"),
    "dashes": ("- " * 5000 + "a", r"acme.yaml:1:\d+: .*more than 50 deep"),
    "questions": ("? " * 5000 + "a", r"acme.yaml:1:\d+: .*more than 50 deep"),
    "indentation": ("".join(f"{' ' * n}a:\n" for n in range(300)), r"acme.yaml:51:51: .*more than 50 deep"),
    "aliases that double": (ALIASES, r"acme.yaml:\d+:\d+: .*more than 100,000 values; write them out"),
    "aliases of aliases": (CHAIN, r"acme.yaml:\d+:\d+: .*more than 50 deep"),
    "an alias that leads back": ("a: &a [*a]", r"acme.yaml:1:4: .*leads back"),
    "nothing": ("", "acme.yaml:1:1: the file is empty"),
    "a huge file": ("#" * 4_000_001, "acme.yaml:1:1: cannot read the file: it is larger than 4 MB"),
    "JMESPath in brackets": (HEAD + MEASURE % ("[" * 3000 + "a" + "]" * 3000), r"acme.yaml:6:\d+: .*nested too deeply"),
    "JMESPath of nots": (HEAD + MEASURE % ("!" * 5000 + "a"), r"acme.yaml:6:\d+: .*nested too deeply"),
    "JMESPath of pipes": (HEAD + MEASURE % ("a|" * 5000 + "a"), r"acme.yaml:6:\d+: .*nested too deeply"),
    "a name that is too long": (f"extends: {'x' * 5000}\n", "acme.yaml:1:10: extends: there is no catalogue or file"),
    "a name with a null": ('extends: "a\\0b"\n', "acme.yaml:1:10: extends: there is no catalogue or file"),
    "itself": ("extends: acme.yaml\n", "acme.yaml:1:10: extends: the files extend each other"),
    "a device": ("extends: /dev/zero\n", "acme.yaml:1:10: extends: there is no catalogue or file"),
    "half a pair": (HEAD + 'x: "\\ud800"\n', r"acme.yaml:6:\d+: x: .*half of a pair"),
    "nobody's home": (
        HEAD + "sources: {s: {type: files, tables: {leads: {path: ~nobody-here/a.csv}}}}\n",
        r"acme.yaml:6:\d+: .*begins with ~",
    ),
}


def refusal(file: Path) -> str:
    with pytest.raises(CatalogueError) as refused:
        load(file, {})
    return str(refused.value)


@pytest.mark.parametrize("what", FILES)
def test_a_text_that_nobody_can_mean_is_a_sentence(tmp_path: Path, what: str) -> None:
    text, says = FILES[what]
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    assert re.search(says, refusal(tmp_path / "acme.yaml"))


def test_links_in_a_circle_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").symlink_to("two.yaml")
    (tmp_path / "two.yaml").symlink_to("one.yaml")
    (tmp_path / "acme.yaml").write_text("extends: one.yaml\n")
    assert "extends: there is no catalogue or file 'one.yaml'" in refusal(tmp_path / "acme.yaml")
    assert "one.yaml:1:1: cannot read the file: Too many levels of symbolic links" in refusal(tmp_path / "one.yaml")


def test_a_link_to_itself_under_another_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text("extends: other.yaml\n")
    (tmp_path / "other.yaml").symlink_to("acme.yaml")
    assert "the files extend each other: acme.yaml -> other.yaml" in refusal(tmp_path / "acme.yaml")


@pytest.mark.parametrize("place", ["/dev/zero", "pipe.yaml", "folder.yaml"])
def test_what_is_no_file_is_not_read_and_not_waited_for(tmp_path: Path, place: str) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    assert ":1:1: cannot read the file: " in refusal(tmp_path / place)


@pytest.mark.parametrize("place", ["/dev/zero", "pipe", "/dev", "huge"])
def test_a_password_comes_from_a_small_file(tmp_path: Path, place: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").write_bytes(b"x" * 1_000_001)
    source = "{type: http, url: 'http://x.example', auth: {bearer: !file %s}, measures: {m: {select: a, unit: count}}}"
    (tmp_path / "acme.yaml").write_text(HEAD + f"sources: {{s: {source % place}}}\n")
    assert re.search(rf"acme.yaml:6:\d+: .*cannot read the file {place}: (it is|Is a)", refusal(tmp_path / "acme.yaml"))


def test_a_pipe_is_no_file_of_a_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "leads.csv")
    built: Options = options("files", tmp_path, tables={"leads": {"path": "leads.csv"}})
    assert list(built.lacking_columns()) == []
