"""From files to a company: inheritance, the format, and every check that a catalogue must pass before it is used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from exporter.catalogue.model import Company
from exporter.catalogue.reading.inheritance import MergedCatalogue, merged_catalogue
from exporter.catalogue.reading.problems import CatalogueError, Place, Problem
from exporter.catalogue.reading.yaml_file import PathRules
from exporter.catalogue.resolution.company import CompanyResolver
from exporter.catalogue.resolution.validation import company_document, validated
from exporter.catalogue.schema.format import is_path, is_public
from exporter.mistakes import did_you_mean
from exporter.sources.interface import Options
from exporter.sources.registry import kinds


def shipped() -> tuple[str, ...]:
    """Return the names of the catalogues that ship, in alphabetical order."""
    folder = files("exporter.catalogues")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def shipped_file(name: str) -> Path:
    """Return the path of a catalogue that ships."""
    return Path(str(files("exporter.catalogues") / f"{name}.yaml"))


def load(
    file: Path,
    environ: Mapping[str, str] = os.environ,
    not_set: list[Problem] | None = None,
    *,
    check_columns: bool = False,
) -> Company:
    """Load the company that a file, and the files it extends, describe.

    With `not_set`, variables and files that only sources need may be missing, and are appended to it: commands that
    poll nothing need no secrets. With `check_columns`, a table that no poll could fill is a problem too, by the files
    that are there now; an exporter starts all the same.

    Raises:
        CatalogueError: the catalogue is wrong; the error holds all problems, not just the first.
    """
    optional = not_set is not None
    shipping = {name: shipped_file(name) for name in shipped()}
    rules = PathRules(is_public, is_path, lambda path: optional and path[:1] == ("sources",))
    merged = merged_catalogue(file, environ, shipping, rules)
    document, left_out = company_document(merged)
    sources = _sources(merged)
    company = CompanyResolver(merged, document, sources, left_out).company() if document is not None else None
    if check_columns:
        for name, options in sources.items():
            for table, message in options.lacking_columns():
                merged.problem(("sources", name, "tables", table), message, at_key=True)
    if merged.problems or company is None:
        raise CatalogueError(merged.problems)
    if not_set is not None:
        not_set.extend(merged.not_set.values())
    return company


def load_all(
    paths: Sequence[Path],
    environ: Mapping[str, str] = os.environ,
    not_set: list[Problem] | None = None,
    *,
    check_columns: bool = False,
) -> Mapping[str, Company]:
    """Load the companies of several files, by name, as `load` does.

    Raises:
        CatalogueError: some file is wrong; the error holds the problems of all files.
    """
    companies: dict[str, Company] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            company = load(path, environ, not_set, check_columns=check_columns)
        except CatalogueError as error:
            problems.extend(error.problems)
            continue
        if company.name in companies:
            message = f"{company.name} is given by two files; each company has one"
            problems.append(Problem(Place(path, 0, 0, ""), "company", message))
        companies[company.name] = company
    if problems:
        raise CatalogueError(problems)
    return companies


def _sources(merged: MergedCatalogue) -> Mapping[str, Options]:
    """Validate the options of each source by the model of its kind; problems are noted."""
    written = merged.value.get("sources")
    options_by_source: dict[str, Options] = {}
    for name, raw in written.items() if isinstance(written, dict) else ():
        if not isinstance(raw, dict):
            continue
        kind = raw.get("type")
        if kind is None:
            message = f"the key `type` is missing{did_you_mean('', kinds())}"
            merged.problem(("sources", name), message, at_key=True)
        elif not isinstance(kind, str) or kind not in kinds():
            message = f"{kind!r} is not a type of source{did_you_mean(str(kind), kinds())}"
            merged.problem(("sources", name, "type"), message)
        elif (options := validated(merged, kinds()[kind], raw, ("sources", name))) is not None:
            options_by_source[name] = options
    return options_by_source
