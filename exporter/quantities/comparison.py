"""How a value stands to a limit."""

from __future__ import annotations

from enum import StrEnum


class Comparison(StrEnum):
    """The four signs; strictness is literal."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    @classmethod
    def of(cls, *, upward: bool, strict: bool) -> Comparison:
        """Choose the sign by its direction and by whether equality is excluded."""
        if upward:
            return cls.GREATER if strict else cls.GREATER_OR_EQUAL
        return cls.LESS if strict else cls.LESS_OR_EQUAL

    def holds(self, value: float, limit: float) -> bool:
        """Return true if the value compares so with the limit."""
        match self:
            case Comparison.LESS:
                return value < limit
            case Comparison.LESS_OR_EQUAL:
                return value <= limit
            case Comparison.GREATER:
                return value > limit
            case Comparison.GREATER_OR_EQUAL:
                return value >= limit

    @property
    def upward(self) -> bool:
        """True for `>` and `>=`."""
        return self in (Comparison.GREATER, Comparison.GREATER_OR_EQUAL)

    @property
    def strict(self) -> bool:
        """True for `<` and `>`."""
        return self in (Comparison.LESS, Comparison.GREATER)
