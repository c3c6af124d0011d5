"""`kpi-exporter report` from a store that no exporter holds, and from one that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli import commands
from tests.support.readings import acme, snapshot
from tests.support.web_server import StandInExporter, serve_exporter
from tests.support.world import MakeWorld, World, utc


@pytest.fixture
def books(world: MakeWorld) -> World:
    """Return a world whose store is closed, as after the exporter ended."""
    made = world({"assets": [{"asset_id": 1, "kind": "cluster", "starts_at": "2026-01-01T00:00Z"}]}, max_age="3650d")
    made.poll(utc("2026-04-20T06:00"))
    made.store.close()
    return made


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, ["report", *map(str, arguments)])


def of_store(books: World, *arguments: str | Path) -> Result:
    return run(*arguments, "--store", books.store.path, "--file", books.folder / "company.yaml")


def test_a_store_gives_the_review_as_markdown(books: World) -> None:
    result = of_store(books, "acme", "--cadence", "weekly", "--since", "2026-04-01")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("# Acme: weekly review\n")
    assert "against 1 April 2026" in result.output
    assert "| Clusters under management (`clusters`) | 1 |" in result.output


def test_html_goes_to_a_file(books: World, tmp_path: Path) -> None:
    out = tmp_path / "review.html"
    result = of_store(books, "acme", "--cadence", "daily", "--format", "html", "--out", out)
    assert (result.exit_code, result.output) == (0, f"wrote {out}\n")
    assert out.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("acme",), "Missing option '--cadence'"),
        (("acme", "--cadence", "yearly"), "'yearly' is not one of"),
        (("amce", "--cadence", "daily"), "is not about 'amce'; did you mean `acme`?"),
        (("acme", "--cadence", "daily", "--since", "monday"), "'monday' is not a date or time"),
        (("acme", "--cadence", "daily", "--since", "9000-01-01"), "which is not past"),
        (
            ("acme", "--cadence", "daily", "--out", "/nowhere/review.md"),
            "/nowhere/review.md cannot be written: No such file",
        ),
    ],
)
def test_a_mistake_is_a_sentence(books: World, arguments: tuple[str, ...], message: str) -> None:
    result = of_store(books, *arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_store_alone_is_not_enough(books: World) -> None:
    result = run("acme", "--cadence", "daily", "--store", books.store.path)
    assert "--store needs --file, the company's catalogue" in result.output


def test_a_running_exporter_is_asked() -> None:
    with serve_exporter(StandInExporter(snapshot(acme()))) as address:
        listen = ("--listen", address.removeprefix("http://"))
        assert run("acme", "--cadence", "weekly", *listen).output.startswith("# Acme: weekly review\n")
        html = run("acme", "--cadence", "weekly", "--format", "html", *listen).output
        assert html.startswith("<!doctype html>\n")
        refused = run("amce", "--cadence", "weekly", *listen)
    assert re.search("there is no company 'amce'", refused.output)
    assert refused.exit_code == 1


def test_where_no_exporter_answers_it_says_what_to_give() -> None:
    result = run("acme", "--cadence", "weekly", "--listen", "127.0.0.1:9")
    assert "no exporter answers on 127.0.0.1:9" in result.output
