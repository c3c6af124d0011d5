"""Certificates of an authority that a test trusts, and of another, as the files that a web configuration names."""

from __future__ import annotations

from pathlib import Path

import trustme

PASSWORD = "correct horse"
HASH = "$2y$04$Rgi1o1oEHJkONDE3kFwX2.PsnNLdCXJFsZZOZ3pd8.EszNdlrpUCW"


def write_authority(folder: Path, name: str = "ca") -> trustme.CA:
    """Write `<name>.pem`; return the authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / f"{name}.pem"))
    return authority


def write_certificate(folder: Path, authority: trustme.CA, name: str, *identities: str) -> None:
    """Write `<name>.pem` and `<name>.key`, each put in place at once."""
    leaf = authority.issue_cert(*identities)
    (folder / ".new").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    (folder / ".new").replace(folder / f"{name}.pem")
    (folder / ".new").write_bytes(leaf.private_key_pem.bytes())
    (folder / ".new").replace(folder / f"{name}.key")


def replace_text(file: Path, text: str) -> None:
    """Put a text in the place of a file at once, as people who configure a running program should."""
    new = file.with_name(f".{file.name}")
    new.write_text(text)
    new.replace(file)
