"""Vendors whose data a key alone connects: what the key may read is asked before a line is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from exporter.records.batch import SourceFailed
from exporter.setup.systems import key_variable
from exporter.sources.interface import Deadline, Permission
from exporter.sources.registry import kinds
from exporter.sources.vendor import VendorOptions

SECONDS = 30.0
"""How long a vendor is asked before a catalogue is written."""


@dataclass(frozen=True)
class Vendor:
    """A vendor that is to be connected, by a key that a variable or a file of its own holds.

    Attributes:
        kind: The type of source.
        key: The key.
        reference: How the catalogue refers to it: `!env STRIPE_KEY`.
        address: Where the API is, if not where the vendor has it.
        key_file: The name of the file beside the catalogue that is to hold the key; None where a variable does.
    """

    kind: str
    key: str = field(repr=False)
    reference: str
    address: str | None = None
    key_file: str | None = None

    def write_key(self, folder: Path) -> Path | None:
        """Write the key into its file, which nobody but its owner may read, and return the file, if it has one."""
        if self.key_file is None:
            return None
        path = folder / self.key_file
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(self.key + "\n", encoding="utf-8")
        return path

    def options(self) -> VendorOptions:
        """Return the options of its source.

        Raises:
            ValueError: With a sentence for people, if they are not right.
        """
        section = {"type": self.kind, "key": self.key, **({"url": self.address} if self.address else {})}
        try:
            options = kinds()[self.kind].model_validate(section)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = f"`{first['loc'][-1]}` " if first["loc"] else ""
            raise ValueError(f"{self.kind}: {where}{first['msg'].removeprefix('Value error, ')}") from None
        assert isinstance(options, VendorOptions)
        return options


@dataclass(frozen=True)
class Access:
    """What a key may read, and the currency that most of the vendor's amounts are in, if it can be told."""

    vendor: Vendor
    options: VendorOptions
    permissions: Sequence[Permission]
    currency: str | None

    @property
    def tables(self) -> frozenset[str]:
        """The record tables that the vendor's source fills."""
        return frozenset(self.options.record_tables())

    def lines(self) -> Iterator[str]:
        """Yield what the key may read, and what it may not with the tables that lack it."""
        allowed = [each.reads for each in self.permissions if each.refusal is None]
        yield f"{self.options.product}: the key has {', '.join(allowed) or 'no permission'}"
        yield from (f"  {line}" for line in lacking(self.permissions))


def from_variable(kind: str, address: str | None) -> Vendor | None:
    """Return a vendor whose key a variable of the shell holds; None if it is not set."""
    name = key_variable(kind)
    key = os.environ.get(name, "").strip()
    return Vendor(kind, key, f"!env {name}", address) if key else None


def with_key(kind: str, key: str, address: str | None) -> Vendor:
    """Return a vendor whose key somebody typed, which goes into a file beside the catalogue."""
    return Vendor(kind, key.strip(), f"!file {kind}.key", address, key_file=f"{kind}.key")


def ask(vendor: Vendor) -> Access:
    """Ask a vendor what its key may read.

    Raises:
        ValueError: With a sentence for people: the key is not one, or may read nothing, or nobody answers.
    """
    options = vendor.options()
    source = options.build(vendor.kind)
    try:
        deadline = Deadline(SECONDS)
        permissions = tuple(source.permissions(deadline))
        if permissions and all(each.refusal is not None for each in permissions):
            raise ValueError(f"{options.product}: the key may read nothing: {permissions[0].refusal}")
        return Access(vendor, options, permissions, source.currency(deadline))
    except SourceFailed as failure:
        raise ValueError(f"{options.product}: {failure}") from None
    finally:
        source.close()


def lacking(permissions: Sequence[Permission]) -> Iterator[str]:
    """Yield a sentence for each permission that is missing, with the tables that need it."""
    for each in permissions:
        if each.refusal is not None:
            yield f"the key lacks {each.reads}, which {', '.join(each.tables)} needs: {each.refusal}"
