"""The operator: the team that runs the exporter for all companies, and the company whose links its alerts have."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.catalogue.model import Company


def operating_company(companies: Sequence[Company]) -> Company | None:
    """Return the company whose `alerting` names the operator; None if none does.

    Raises:
        ValueError: several do.
    """
    naming = [company for company in companies if company.alerting.operator is not None]
    if len(naming) > 1:
        names = ", ".join(company.name for company in naming)
        raise ValueError(
            f"`alerting.operator` is in the catalogues of {names}; leave it in one, for they share exporters"
        )
    return naming[0] if naming else None


def linking_company(companies: Sequence[Company]) -> Company | None:
    """Return the company to whose runbooks and boards alerts on exporters link: the operator's, else the first."""
    return operating_company(companies) or next(iter(companies), None)
