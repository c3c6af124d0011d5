"""The catalogue that `init` writes: short, complete, and with comments that teach what each part is."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.catalogue.model import Company
from exporter.catalogue.reading.foreign_amounts import lines_to_paste
from exporter.setup.proposal import Proposal
from exporter.setup.systems import SYSTEMS
from exporter.setup.vocabulary import words

if TYPE_CHECKING:
    from exporter.setup.vendors import Vendor

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_RESERVED = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"})


@dataclass(frozen=True)
class Answers:
    """What `init` learned about the company."""

    extends: str
    company: str
    title: str
    currency: str
    timezone: str
    launch: date | None
    systems: Sequence[str] = ()
    vendors: Sequence[Vendor] = ()


def document(answers: Answers, proposals: Sequence[Proposal], folder: Path) -> str:
    """Return the text of a catalogue that lies in `folder` and reads the proposed exports and the vendors."""
    parts = [_head(answers)]
    if proposals or answers.vendors:
        parts += ["sources:"]
    parts += [textwrap.indent(text, "  ") for text in _sources(proposals, folder, answers.currency)]
    parts += [textwrap.indent(_vendor(vendor), "  ") for vendor in answers.vendors]
    for system in answers.systems:
        body = SYSTEMS[system].format(NAME=re.sub(r"\W", "_", answers.company).upper())
        parts += [
            f"  # To connect {system}, take the # away, write your own tables, and set the variable.",
            *(f"  # {line}" for line in [f"{system}:", *(f"  {line}" for line in body.splitlines())]),
        ]
    return "\n".join(parts) + "\n"


def undecided(company: Company) -> str:
    """Return comments on the amounts that a company leaves out for their currency; empty where there are none."""
    if not company.left_out:
        return ""
    sources = " and ".join(sorted({amount.place.file.stem for amount in company.left_out}))
    lines = [
        f"These targets, thresholds and plans of {sources} are amounts in another currency than {company.currency},",
        "so they are not in force. Decide each number, and take the # away from it and from the keys above it.",
        *lines_to_paste(company.left_out).splitlines(),
    ]
    return "\n" + "".join(f"# {line}\n" for line in lines)


def _head(answers: Answers) -> str:
    lines = [
        f"# {answers.title}: what is measured, and where its data is. The keys are explained in docs/catalogue.md,",
        "# sources in docs/sources.md, and what each record table holds in docs/records.md.",
        f"extends: {answers.extends}   # the shipped company whose KPIs, thresholds and alerts this one begins with",
        f"company: {answers.company}   # the label `company` of every series",
        f"title: {_scalar(answers.title)}",
        f"currency: {answers.currency}   # of reports; amounts in others are converted",
        f"timezone: {answers.timezone}   # in which days and months begin",
    ]
    if answers.launch is not None:
        lines.append(f"launch: {answers.launch}   # from which plans and phases count")
    return "\n".join([*lines, ""])


def _sources(proposals: Sequence[Proposal], folder: Path, currency: str) -> Iterator[str]:
    names: dict[str, int] = {}
    for proposal in proposals:
        base = source_name(proposal)
        names[base] = names.get(base, 0) + 1
        name = base if names[base] == 1 else f"{base}-{names[base]}"
        body = textwrap.indent("\n".join(_table(proposal, folder, currency)), "      ")
        yield f"{name}:\n  type: files\n  every: 5m\n  tables:\n    {proposal.table}:\n{body}"


def _vendor(vendor: Vendor) -> str:
    address = f"  url: {_scalar(vendor.address)}\n" if vendor.address else ""
    return (
        f"{vendor.kind}:   # what is read, and what cannot be known: docs/connect/{vendor.kind}.md\n"
        f"  type: {vendor.kind}\n  key: {vendor.reference}   # one that may only read is enough\n{address}".rstrip()
    )


def source_name(proposal: Proposal) -> str:
    """Return the name of the source that reads an export: of the file, and of the sheet where it names one."""
    name = f"{proposal.export.path.stem} {proposal.export.options.get('sheet', '')}"
    return "-".join(words(name)) or "export"


def _table(proposal: Proposal, folder: Path, currency: str) -> Iterator[str]:
    export = proposal.export
    yield f"path: {_scalar(Path(os.path.relpath(export.path, folder)).as_posix())}"
    yield from (f"{option}: {_scalar(value)}" for option, value in export.options.items())
    for option, doubt in export.doubts.items():
        one, two = doubt.readings
        yield f"# {option}: ?   # {doubt.value} is {one} or {two}: nobody can tell by the file, so please write it"
    if proposal.reshaping is not None:
        yield f"query: |   # {proposal.reshaping.reason}"
        yield textwrap.indent(proposal.reshaping.query, "  ")
    if proposal.key is not None:
        yield f"key: {proposal.key}   # the rows have no id of their own"
    yield f"columns: {_mapping(proposal.columns)}"
    if constants := {**proposal.constants, **dict.fromkeys(proposal.in_currency, currency)}:
        yield f"constants: {_mapping(constants)}"
    if proposal.values or proposal.unmapped:
        yield "values:"
    for column in dict.fromkeys([*proposal.values, *proposal.unmapped]):
        yield f"  {column}:"
        yield from (f"    {_scalar(word)}: {meaning}" for word, meaning in proposal.values.get(column, {}).items())
        yield from (
            f"    # {_scalar(word)}: ?   # write one of the words of docs/records.md#{proposal.table}"
            for word in proposal.unmapped.get(column, ())
        )


def _mapping(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {_scalar(value)}" for key, value in pairs.items()) + "}"


def _scalar(value: object) -> str:
    """Return a value as YAML reads it back: texts that could be anything else are quoted."""
    if isinstance(value, str) and not (_PLAIN.fullmatch(value) and value.lower() not in _RESERVED):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
