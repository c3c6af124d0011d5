"""Alerts on what can only grow within its period: they fire as soon as the part of the period is beyond a limit.

The alert compares the worst of the last complete period and the one that runs. So when a period that was beyond its
limit ends, the same alert goes on: what was the part becomes the value of the complete period.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.alert import WORDS, literal, rendered
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.promql import max_of_replicas, selector
from exporter.alerts.words import allowance_text
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
        """Return the annotations that Prometheus renders while the part is beyond the limit."""
        days = None if seconds_left is None else math.ceil(seconds_left / 86400)
        left = "" if days is None else f", {days} day{'' if days == 1 else 's'} left"
        text = self._sentence(self._already(style(self.kpi.unit).text(to_date), left))
        return {**self.expected_annotations(to_date, 0), "description": rendered(text)}

    def _template(self, value: str, reference: str) -> str:
        """Return the template of the description: of the part where that is beyond the limit, else of the value."""
        beyond = f"{max_of_replicas(self.to_date_series)} {self.bound.comparison} {self._limit}"
        days = f"ceil(({max_of_replicas(self.period_end_series)} - time()) / (24 * 60 * 60))"
        number = '. | first | value | printf "%.0f"'
        plural = f'{{{{ if ne ({number}) "1" }}}}s{{{{ end }}}}'
        left = f"{{{{ with query `{days}` }}}}, {{{{ {number} }}}} day{plural} left{{{{ end }}}}"
        already = self._already(style(self.kpi.unit).template(". | first | value"), left)
        return self._sentence(f"{{{{ with query `{beyond}` }}}}{already}{{{{ else }}}}{value}{{{{ end }}}}")

    def _description(self, value: str, reference: str) -> str:
        return self._sentence(value)

    def _sentence(self, amount: str) -> str:
        level = "the SLA is broken" if self.bound.scope.sla else f"{WORDS[self.severity]} is"
        return f"{self.subject} is {amount}; {level} {self._limits}."

    def _already(self, to_date: str, left: str) -> str:
        allowed = literal(", ".join(allowance_text(bound, self.kpi.unit) for bound in (self.bound, *self.later)))
        return f"already {to_date} of {allowed}{left}"
