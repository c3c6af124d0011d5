"""The words in which exports name their columns and files, in English, German, French and Spanish, as concepts.

A concept is an English word; `starts_at`, `Beginn` and `date de début` are all `start`. A language or a word is added
by a line here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from yaml import safe_load as load


@cache
def _by_word() -> Mapping[str, frozenset[str]]:
    """Return the concepts that each word of `vocabulary.yaml` may mean."""
    listed: Mapping[str, list[str]] = load(files(__package__).joinpath("vocabulary.yaml").read_text(encoding="utf-8"))
    concepts_of: dict[str, set[str]] = {}
    for concept, names in listed.items():
        for name in names:
            concepts_of.setdefault(name, set()).add(concept)
    return {word: frozenset(meanings) for word, meanings in concepts_of.items()}


_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_FILLERS = frozenset(
    ["of", "the", "in", "de", "du", "des", "la", "le", "der", "die", "das", "am", "um", "and", "und", "utc"]
)
"""Words that say nothing."""
_ENDINGS = ("nummer", "datum", "id", "nr", "name", "betrag", "preis", "beginn", "ende", "art")
"""Second halves of German compounds, such as `Kundennummer`."""


@cache
def concepts(name: str) -> frozenset[str]:
    """Return the concepts that a column's or file's name speaks of."""
    return frozenset(concept for word in words(name) if word not in _FILLERS for concept in _meanings(word))


def _meanings(word: str) -> frozenset[str]:
    """Return what a word may mean; a word that is not listed means itself."""
    return _by_word().get(word) or _compound(word) or frozenset({word})


def words(name: str) -> list[str]:
    """Return the words of a name in small letters without accents: `KundenNr.` is `kunden`, `nr`."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return re.findall(r"[a-z]+", parted.lower())


def _compound(word: str) -> frozenset[str]:
    """Return the concepts of the two halves of a word."""
    meanings = _by_word()
    for ending in _ENDINGS:
        first = word.removesuffix(ending)
        if first != word and len(first) > 2:
            nothing: frozenset[str] = frozenset()
            return meanings.get(first, meanings.get(first.rstrip("s"), nothing)) | meanings.get(ending, nothing)
    return frozenset()
