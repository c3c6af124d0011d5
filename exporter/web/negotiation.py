"""Content negotiation (RFC 9110, section 12.5): what a client prefers of what can be sent, by its `q`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True)
class _Preference:
    """One entry of a header, such as `text/plain;version=0.0.4;q=0.5`."""

    name: str
    parameters: Mapping[str, str]
    quality: float


@dataclass(frozen=True)
class MediaType:
    """A format that can be sent; `versions` are those that a client may ask for, every one if there are none."""

    name: str
    versions: Sequence[str] = ()

    def specificity(self, name: str, version: str | None) -> int | None:
        """Return how closely an entry names this format, from 0 for `*/*`; None where it names another."""
        if name in ("*", "*/*"):
            return 0
        if name == f"{self.name.partition('/')[0]}/*":
            return 1
        if name != self.name or (self.versions and version not in (None, *self.versions)):
            return None
        return 2 if version is None else 3


@lru_cache(maxsize=256)
def preferred(accept: str, offers: tuple[MediaType, ...]) -> MediaType:
    """Return the offer that an Accept header prefers; of equal ones the one it names first, else the first offer."""
    entries = list(_preferences(accept))
    ranks = [_rank(entries, offer) for offer in offers]
    return offers[ranks.index(max(ranks))]


@lru_cache(maxsize=256)
def gzip_preferred(accept_encoding: str) -> bool:
    """Return whether an Accept-Encoding header prefers gzip to no encoding."""
    qualities = {entry.name: entry.quality for entry in _preferences(accept_encoding)}
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def accepts_html(accept: str) -> bool:
    """Return whether a client names HTML and prefers it to plain text, as browsers do."""
    html = [entry for entry in _preferences(accept) if entry.name == "text/html"]
    return bool(html) and preferred(accept, (_HTML, _TEXT)) is _HTML and any(entry.quality for entry in html)


_HTML, _TEXT = MediaType("text/html"), MediaType("text/plain")


def _rank(entries: Sequence[_Preference], offer: MediaType) -> tuple[float, bool, int]:
    """Return the quality of an offer by the closest entry, whether that entry names it, and how early it stands."""
    closest, rank = -1, (0.0, False, 0)
    for place, entry in enumerate(entries):
        specificity = offer.specificity(entry.name, entry.parameters.get("version"))
        if specificity is not None and specificity > closest:
            named = specificity > 1
            closest, rank = specificity, (entry.quality, named, -place if named else 0)
    return rank


def _preferences(header: str) -> Iterator[_Preference]:
    for text in header.split(","):
        name, *rest = (part.strip().lower() for part in text.split(";"))
        if not name:
            continue
        parameters = dict(part.partition("=")[::2] for part in rest)
        yield _Preference(name, parameters, _number(parameters.get("q", "1")))


def _number(text: str) -> float:
    """Return a quality; 0 for what is none, so that a client gets nothing for which it did not ask."""
    return float(text) if _QUALITY.fullmatch(text) else 0.0
