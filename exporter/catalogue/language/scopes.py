"""Scopes: where a part of a target or threshold holds, in parentheses after it: `< 12 (SMB), < 18 (enterprise)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from exporter.mistakes import TextError

FORMS = "(year 1), (year 2+), (phase 1), (SLA), (tier 1)"

CEILING = "plan (a ceiling)"
"""The one form whose own words stand in parentheses."""

_PART = re.compile(r"[^\s,](?:[^,]|,(?!\s))*")
_SCOPE = re.compile(r"\s*\(([^()]*)\)$")
_NUMBERED = re.compile(r"(year|phase|tier) (\d{1,3})(\+)?")


class ScopeKind(StrEnum):
    """What a scope in time counts: years since the launch, or the phases of the catalogue."""

    YEAR = "year"
    PHASE = "phase"


@dataclass(frozen=True)
class Applicability:
    """The years or phases in which a condition applies: one, or one and all later ones."""

    kind: ScopeKind
    first: int
    open_ended: bool = False

    def __str__(self) -> str:
        return f"({self.kind.value} {self.first}{'+' if self.open_ended else ''})"

    def include(self, number: int | None) -> bool:
        """Return true if the condition applies in a year or phase; None means before the first."""
        if number is None:
            return False
        return number >= self.first if self.open_ended else number == self.first


@dataclass(frozen=True)
class Scope:
    """Where one part of a condition applies.

    `stretch` limits it in time; `segment` is the label of a breakdown, empty for the headline. `sla` marks what was
    promised to customers, `tier` (1 to 3) how urgent it is.
    """

    stretch: Applicability | None = None
    segment: str = ""
    sla: bool = False
    tier: int | None = None

    def meets(self, other: Scope) -> bool:
        """Return true if both scopes can apply to one number at one time. Years and phases are not compared."""
        if self.segment != other.segment:
            return False
        mine, theirs = self.stretch, other.stretch
        if mine is None or theirs is None:
            return True
        return mine.kind is theirs.kind and (mine.include(theirs.first) or theirs.include(mine.first))


EVERYWHERE = Scope()


def parts(text: str, *, segmented: bool) -> Iterator[tuple[str, Scope]]:
    """Split a condition at its commas; yield each part without its scopes, and the scope they amount to.

    With `segmented`, parentheses that are no other scope name a label of the breakdown. Raises `TextError`.
    """
    for part in _PART.finditer(text):
        form, scope = " ".join(part[0].split()), EVERYWHERE
        try:
            while form != CEILING and (match := _SCOPE.search(form)):
                form, scope = form[: match.start()].strip(), _narrowed(scope, match[1].strip(), segmented=segmented)
        except ValueError as error:
            raise TextError(str(error), part.start()) from None
        yield form, scope


def _narrowed(scope: Scope, text: str, *, segmented: bool) -> Scope:
    if text == "SLA":
        return replace(scope, sla=True)
    if match := _NUMBERED.fullmatch(text):
        number, open_ended = int(match[2]), match[3] is not None
        if match[1] != "tier":
            return replace(scope, stretch=_stretch(match[1], number, open_ended))
        if open_ended or not 1 <= number <= 3:
            raise ValueError(f"({text}) is no tier; write (tier 1), (tier 2) or (tier 3), of which the first is urgent")
        return replace(scope, tier=number)
    if segmented and text:
        return replace(scope, segment=text)
    raise ValueError(f"({text}) is not a scope; write {FORMS}, or name in `segments` the breakdown it is a label of")


def _stretch(kind: str, first: int, open_ended: bool) -> Applicability:
    if first < 1:
        whence = {"year": ", the one that begins with the launch", "phase": ""}[kind]
        raise ValueError(f"{kind}s count from 1{whence}; write '({kind} 1)'")
    return Applicability(ScopeKind(kind), first, open_ended)
