"""The parameters of a request: how each is written by people and programs, and how its text is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from exporter.calendar.instants import parse_as_of, parse_known_at
from exporter.catalogue.model import Company, Kpi
from exporter.mistakes import did_you_mean

Texts = Mapping[str, Sequence[str]]
"""The texts of a request, by the names of its parameters."""


class RequestRefused(ValueError):
    """A request that cannot be answered; the message tells people what to write instead."""


class NotFound(RequestRefused):
    """A request about a company or KPI that does not exist."""


@dataclass(frozen=True)
class RequestContext:
    """What the texts of a request are read against.

    `company` is the one that the request names; None before it is read, and for a request about several companies.
    """

    companies: Mapping[str, Company]
    now: datetime
    company: Company | None = None

    @property
    def of_company(self) -> Company:
        """The company that the request names."""
        if self.company is None:
            raise TypeError("the request declares no field `company` before this one")
        return self.company

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the company that the request names."""
        return self.of_company.calendar.zone


Read = Callable[[Sequence[str], RequestContext], Any]
"""Returns a field's value for the texts of its parameter, one unless it is repeated; raises `ValueError`."""


@dataclass(frozen=True)
class Parameter:
    """The parameter of a field of a request: `Annotated[str, Parameter(...)]`.

    `name` is the field's unless another is set. An `argument` is a word of the command, any other parameter an option;
    a `flag` is one without a value on the command line, and `true` in a URL.
    `from_query` restores what a URL does to a text.
    """

    read: Read
    help: str | None = None
    metavar: str | None = None
    name: str = ""
    required: bool = False
    argument: bool = False
    repeated: bool = False
    flag: bool = False
    choices: tuple[str, ...] = ()
    from_query: Callable[[str], str] = str

    def is_written(self, texts: Texts, *, empty: bool = False) -> bool:
        """Return whether there is a text of it. An empty text counts only with `empty`, or for a repeated parameter."""
        written = texts.get(self.name, ())
        return bool(written) and (self.repeated or empty or bool(written[-1]))


def parameters(request: type) -> Mapping[str, Parameter]:
    """Return the parameters of a request by the names of its fields, in their order."""
    hints = get_type_hints(request, include_extras=True)
    annotated = {
        field.name: next(each for each in hints[field.name].__metadata__ if isinstance(each, Parameter))
        for field in fields(request)
    }
    return {name: replace(parameter, name=parameter.name or name) for name, parameter in annotated.items()}


def text(texts: Sequence[str], _: RequestContext) -> str:
    """Read a text as it is."""
    return texts[-1]


def truth(texts: Sequence[str], _: RequestContext) -> bool:
    """Read whether a flag is set."""
    if texts[-1] not in ("true", "false"):
        raise ValueError(f"{texts[-1]!r} is neither; write true or false")
    return texts[-1] == "true"


def all_texts(texts: Sequence[str], _: RequestContext) -> tuple[str, ...]:
    """Read any number of texts as they are."""
    return tuple(texts)


def instant(texts: Sequence[str], context: RequestContext) -> datetime:
    """Read a date or time in the company's zone as an instant in UTC."""
    return parse_as_of(texts[-1], context.zone)


def known_at(texts: Sequence[str], context: RequestContext) -> datetime:
    """Read the instant up to which records were known: of a day its end."""
    return parse_known_at(texts[-1], context.zone, context.now)


def choice(choices: type[StrEnum], help_text: str | None = None, *, required: bool = False) -> Parameter:
    """Return the parameter for one of some words."""

    def read(texts: Sequence[str], _: RequestContext) -> StrEnum:
        if texts[-1] not in list(choices):
            raise ValueError(f"{texts[-1]!r} is not one; write {' or '.join(choices)}")
        return choices(texts[-1])

    return Parameter(read, help_text, required=required, choices=tuple(each.value for each in choices))


def _company(texts: Sequence[str], context: RequestContext) -> Company:
    if texts[-1] not in context.companies:
        raise NotFound(f"there is no company {texts[-1]!r}{did_you_mean(texts[-1], context.companies)}")
    return context.companies[texts[-1]]


def _companies(texts: Sequence[str], context: RequestContext) -> tuple[Company, ...]:
    for name in texts:
        if name not in context.companies:
            raise RequestRefused(f"there is no company {name!r}{did_you_mean(name, context.companies)}")
    return tuple(company for name, company in context.companies.items() if not texts or name in texts)


def _kpi(texts: Sequence[str], context: RequestContext) -> Kpi:
    company, id_ = context.of_company, texts[-1]
    if id_ not in company.kpis:
        raise NotFound(f"{company.name} has no KPI {id_!r}{did_you_mean(id_, company.kpis)}")
    return company.kpis[id_]


COMPANY = Parameter(_company, required=True, argument=True)
"""The company of a request, which must be its first field."""

COMPANIES = Parameter(_companies, name="company", metavar="[COMPANY]...", argument=True, repeated=True)
"""Several companies, or all where none is named."""

KPI = Parameter(_kpi, required=True, argument=True)
"""A KPI of the request's company."""
