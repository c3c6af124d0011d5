"""The templates: everything that comes from a catalogue or a source is text in them, never markup."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from exporter import __version__
from exporter.kpis.display_status import DisplayStatus
from exporter.web.pages.assets import ASSETS
from exporter.web.pages.board_filter import THEMES
from exporter.web.pages.tables import Age, Amount, Link

REFRESH_SECONDS = 30

_environment = Environment(
    loader=PackageLoader("exporter.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals |= {
    "assets": {name: asset.path for name, asset in ASSETS.items()},
    "refresh": REFRESH_SECONDS,
    "themes": THEMES,
    "version": __version__,
}
_environment.tests |= {
    "amount": lambda cell: isinstance(cell, Amount),
    "age": lambda cell: isinstance(cell, Age),
    "link": lambda cell: isinstance(cell, Link),
    "status": lambda cell: isinstance(cell, DisplayStatus),
}


def render(template: str, **variables: object) -> str:
    """Render a template; a variable that it lacks is an error."""
    return _environment.get_template(template).render(variables)
