"""What every part of a catalogue's format is: closed to unknown keys, unchanging, and described for editors."""

from __future__ import annotations

from pydantic import ConfigDict

STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)
"""The text below a field of a model is what editors show."""
