"""A list goes on behind an object, and begins anew if that was deleted meanwhile."""

from __future__ import annotations

import pytest

from exporter.records.batch import HttpFailed
from exporter.sources.stripe.api import Pages, long_list


def listed(after: str | None, status: int = 400) -> Pages:
    """Yield two pages; what they go on behind may be gone."""
    if after == "gone":
        raise HttpFailed("No such object", status)
    yield [{"id": "c"}] if after else [{"id": "a"}, {"id": "b"}]
    yield [{"id": "d"}]


@pytest.mark.parametrize(("after", "names"), [(None, "abd"), ("b", "cd"), ("gone", "abd")])
def test_a_list_goes_on_or_begins_anew(after: str | None, names: str) -> None:
    assert "".join(each["id"] for page in long_list(listed, after) for each in page) == names


@pytest.mark.parametrize(("after", "status"), [(None, 400), ("gone", 403)])
def test_other_refusals_end_it(after: str | None, status: int) -> None:
    def refused(_: str | None) -> Pages:
        return listed("gone", status)

    with pytest.raises(HttpFailed):
        list(long_list(refused, after))
