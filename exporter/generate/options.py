"""The caller's options for generated files, beside the companies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_FORM = re.compile(r"v?(\d+)\.(\d+|x)(\.\d+)?")


class Version(NamedTuple):
    """Identifies a version of Prometheus without its patch, which changes no format."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST = Version(2, 42)
"""Debian's version, which runs the tests of every rule."""

GROUP_LABELS = Version(3, 0)
"""The first version in which a group of rules may have labels."""


@dataclass(frozen=True)
class GenerateOptions:
    """Holds the options; `prometheus` is the oldest version that must read the rules."""

    prometheus: Version = OLDEST

    @property
    def group_labels(self) -> bool:
        """Whether that version reads labels of a rule group."""
        return self.prometheus >= GROUP_LABELS


DEFAULT = GenerateOptions()


def parse_version(text: str) -> Version:
    """Return the version that `2.42`, `v2.53.1` or `3.x` names.

    Raises:
        ValueError: the text is not a version, or too old; the message says what to write instead.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a version of Prometheus; write for example {OLDEST}, 2.53 or 3.x")
    version = Version(int(match[1]), 0 if match[2] == "x" else int(match[2]))
    if version < OLDEST:
        raise ValueError(f"rules need Prometheus {OLDEST} or newer, not {text}; upgrade, or leave the option out")
    return version
