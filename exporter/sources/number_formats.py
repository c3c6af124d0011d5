"""Reads the numbers of files by the signs that the catalogue gives, and never takes one for another number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from exporter.records.batch import Unreadable

_SPACES = " \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}"
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_PLAIN = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?")
_AROUND = r"[\s()+−-]*(?:[^\W\d_]{1,3}\.?|[^\w\s.,'’()+−-])?[\s()+−-]*"
"""What may stand beside a number: brackets, a sign, a currency."""
_NUMBER = re.compile(
    rf"{_AROUND}(?:[1-9][0-9]{{0,2}}(?P<thousands>[.,{_SPACES}{_APOSTROPHES}])[0-9]{{2,3}}"
    rf"(?:(?P=thousands)[0-9]{{2,3}})*?(?<=[0-9]{{3}})|[0-9]+)"
    rf"(?:(?P<decimal>[.,])[0-9]*)?{_AROUND}"
)
"""A number in any dialect."""
MAX_QUOTED = 60
"""Characters of a value in a message, and of a number in any dialect: a longer text is no number."""
_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}\.(?!000)[0-9]{3}")


class OtherDialect(ValueError):
    """A number in another dialect, where the catalogue gives none: the meaning of its neighbours is unknown too."""


@dataclass(frozen=True)
class Numerals:
    """The signs that a file's numbers use; None where the catalogue does not say."""

    decimal: str | None = None
    thousands: str | None = None

    def read(self, text: str, whole: bool = False) -> str | Unreadable:
        """Return a number with a decimal point and no other sign; a text that is no number in any dialect unchanged.

        Args:
            text: The value as the file has it.
            whole: Whether the column has no fractions.

        Raises:
            OtherDialect: If the catalogue gives no signs, and the number has other signs than programs use.
        """
        text = text.strip()
        if self.decimal is None and self.thousands is None:
            if (other := _other_dialect(text, whole)) is not None:
                raise OtherDialect(f'"{text}" {other}')
            return text
        if not self._form.fullmatch(text):
            other = _other_dialect(text, whole=False)
            return Unreadable(f'"{text[:MAX_QUOTED]}" is not a number with {self}' + (f": it {other}" if other else ""))
        for sign in _equivalent_signs(self.thousands):
            text = text.replace(sign, "")
        return text.replace(self.decimal or ".", ".")

    def in_sql(self, text: str, whole: bool = False) -> tuple[str, str]:
        """Return, in SQL, a condition on a text and an expression of what `read` returns where it holds."""
        if self.decimal is None and self.thousands is None:
            return rf"regexp_full_match({text}, '[+-]?[0-9]+{'' if whole else '([.][0-9]+)?'}')", text
        point = self.decimal or "."
        return rf"regexp_full_match({text}, '[+-]?[0-9]+([{point}][0-9]+)?')", f"replace({text}, '{point}', '.')"

    def __str__(self) -> str:
        signs = {"decimal": self.decimal, "thousands": self.thousands}
        return " and ".join(f'`{name}: "{sign}"`' for name, sign in signs.items() if sign is not None)

    @cached_property
    def _form(self) -> re.Pattern[str]:
        decimal, digits = re.escape(self.decimal or "."), "[0-9]*"
        if self.thousands:
            sign = f"[{re.escape(_equivalent_signs(self.thousands))}]"
            # In India groups have two digits, and the last one three.
            grouped = rf"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+|[0-9]{{1,2}}(?:{sign}[0-9]{{2}})+{sign}[0-9]{{3}}"
            digits = f"(?:{grouped}|{digits})"
        return re.compile(rf"[+-]?{digits}(?:{decimal}[0-9]*)?(?:[eE][+-]?[0-9]+)?")


def _equivalent_signs(sign: str | None) -> str:
    """Return all signs that one in the catalogue stands for."""
    return next((signs for signs in (_SPACES, _APOSTROPHES) if sign is not None and sign in signs), sign or "")


def _other_dialect(text: str, whole: bool) -> str | None:
    """Describe a number in another dialect than that of programs, and what to write; None for any other text."""
    if _PLAIN.fullmatch(text):
        return _suggestion(",", ".") if whole and _GROUP.fullmatch(text) else None
    number = _NUMBER.fullmatch(text) if len(text) <= MAX_QUOTED else None
    if number is None:
        return None
    thousands, decimal = number["thousands"], number["decimal"]
    if thousands == "," and decimal is None and text.count(",") == 1:
        return f"could be two numbers: write {Numerals(decimal=',')}, or {Numerals(thousands=',')}"
    if decimal in (None, ".") and (thousands is None or (thousands == "." and text.count(".") == 1)):
        return None  # a plain number with something beside it
    return _suggestion("," if thousands == "." else decimal, thousands)


def _suggestion(decimal: str | None, thousands: str | None) -> str:
    sign = next(
        (signs[0] for signs in (_SPACES, _APOSTROPHES) if thousands is not None and thousands in signs), thousands
    )
    return f"is not written as 1234.50: write {Numerals(decimal, sign)}"
