"""A position that a source cannot use is none, whoever left it: the table is read from its beginning."""

from __future__ import annotations

import pytest

from exporter.sources.cursor import decode, encode


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "9f86d081884c7d65 a3f5",
        "[]",
        "{}",
        "null",
        '{"options": "o"}',
        '{"options": "o", "type": "week", "value": "1"}',
        '{"options": "o", "type": "integer", "value": "x"}',
        '{"options": "o", "type": "decimal", "value": "x"}',
        '{"options": "o", "type": "instant", "value": 7}',
        encode(7, "other options"),
    ],
)
def test_what_is_no_position_of_these_options_is_none(stored: str | None) -> None:
    assert decode(stored, "o", 0.0) is None


def test_a_position_is_read_back() -> None:
    assert decode(encode(7, "o"), "o", 0.0) == 7
