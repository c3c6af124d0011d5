"""Alerts on what can only grow within its period: they fire as soon as the part of the period is beyond a limit.

The alert compares the worst of the last complete period and the one that runs. So when a period that was beyond its
limit ends, the same alert goes on: what was the part becomes the value of the complete period.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.alert import rendered
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.promql import max_of_replicas, selector
from exporter.quantities.prometheus import style


@dataclass(frozen=True)
class AccumulatingAlert(BoundAlert):
    """Alerts on one upper bound of a KPI that accumulates."""

    @property
    def compared_series(self) -> tuple[str, ...]:
        """The value of the last complete period, and that of the part of the next."""
        return (self.value_series, self.to_date_series)

    @property
    def to_date_series(self) -> str:
        """The selector of the KPI's value in the period that runs."""
        return selector(conventions.TO_DATE, company=self.company.name, kpi=self.kpi.id)

    @property
    def period_end_series(self) -> str:
        """The selector of the instant at which that period ends."""
        return selector(conventions.PERIOD_END, company=self.company.name, kpi=self.kpi.id)

    @property
    def queries(self) -> Mapping[str, str]:
        """The values, and the plan or previous value that the bound depends on."""
        return {**super().queries, "The period that runs, to date": self.to_date_series}

    def annotations_to_date(self, to_date: float, seconds_left: float | None) -> Mapping[str, str]:
        """Return the annotations that Prometheus renders while the part is the larger of both."""
        left = "" if seconds_left is None else f" (days left: {math.ceil(seconds_left / 86400)})"
        value = f"{style(self.kpi.unit).text(to_date)} already{left}"
        return {**self.expected_annotations(to_date, 0), "description": rendered(self._description(value, ""))}

    def _template(self, value: str, reference: str) -> str:
        """Return the template of the description, which says of a part that it is one."""
        part = f"printf `{max_of_replicas(self.to_date_series)} >= %v` $value | query"
        days = f"ceil(({max_of_replicas(self.period_end_series)} - time()) / (24 * 60 * 60))"
        left = f'{{{{ with query `{days}` }}}} (days left: {{{{ . | first | value | printf "%.0f" }}}}){{{{ end }}}}'
        return self._description(f"{value}{{{{ with {part} }}}} already{left}{{{{ end }}}}", reference)
