"""Whatever bytes stand in a file, a poll of it gives rows or one sentence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import SourceFailed
from tests.support.examples import examples
from tests.support.source_polls import LEAD_CONSTANTS, options, poll

PIECES = st.sampled_from(
    [
        *(
            b"lead_id",
            b",",
            b";",
            b"\t",
            b'"',
            b'""',
            b"\n",
            b"\r",
            b"\r\n",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            "é".encode(),
        ),
        *(b"1", b"1e999", b"{", b"}", b"[", b"]", b'{"lead_id": 1}', b"\\", b"\\u0000", b"null", b"NaN", b"\x1f", b" "),
    ]
)
CONTENTS = st.binary(max_size=60) | st.builds(
    lambda head, pieces, repeated: head + b"".join(pieces) * repeated,
    st.sampled_from([b"", b"lead_id\n", b"lead_id,n\n1,2\n", b'{"lead_id": 1}\n', b"PAR1"]),
    st.lists(PIECES, max_size=10),
    st.sampled_from([1, 1, 1, 200]),
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", pytest.param("workbook", marks=pytest.mark.process)])
@pytest.mark.parametrize("query", [None, "SELECT lead_id FROM rows"])
@examples(10, shared_fixtures=True)
@given(content=CONTENTS)
def test_any_bytes_are_rows_or_a_sentence(tmp_path: Path, kind: str, query: str | None, content: bytes) -> None:
    path = tmp_path / "leads"
    path.write_bytes(content)
    table = {"path": str(path), "format": kind, **LEAD_CONSTANTS, **({"query": query} if query else {})}
    source = options("files", tables={"leads": table}).build("crm")
    with suppress(SourceFailed):
        assert all("lead_id" in row or "!" in row for row in poll(source).rows["leads"])
