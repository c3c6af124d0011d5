"""What every source may say of when it is polled."""

from __future__ import annotations

import pytest

from tests.polling.feeds import ScriptedOptions
from tests.support.clocks import NOON


@pytest.mark.parametrize(("zone", "hour"), [(None, 5), ("Asia/Tokyo", 21)])
def test_cron_is_in_the_zone_of_the_source_or_else_of_the_company(zone: str | None, hour: int) -> None:
    options = ScriptedOptions(cron="0 6 * * *", timezone=zone)
    assert options.schedule("acme", "crm", "Europe/Berlin").after(NOON).hour == hour
