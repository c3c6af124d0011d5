"""The base of every model of what people write: closed to unknown keys, unchanging, and silent about secrets."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """Refuses unknown keys, cannot be changed, and repeats no value in an error, since it may be a secret.

    The text below a field is what editors show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)
