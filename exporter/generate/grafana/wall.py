"""The wall: one Grafana board per company that a television shows without scrolling, a coloured panel per KPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.generate.amounts import style
from exporter.generate.grafana.board import COLUMNS, DATASOURCE, Panel, board, query
from exporter.generate.grafana.colours import Steps, neutral, of_kpi, rising
from exporter.generate.promql import values
from exporter.generate.rules.alerts import WALL, kpi_panel_id
from exporter.generate.rules.company_alerts import company_alerts
from exporter.generate.rules.exporter_alerts import exporter_alerts
from exporter.generate.rules.health import ShownAlert

ROWS = 28
"""What fits in 1080 pixels: a row is 30 high and 8 apart from the next."""

_PER_LINE = 8
_HEALTH_HEIGHT = 2
_LEAST_HEIGHT, _GREATEST_HEIGHT = 2, 5
_HEIGHT_WITH_HEADERS = 3
_UNKNOWN = "unknown"


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {
        conventions.dashboard_file(company.name, WALL): board(
            company,
            WALL,
            f"{company.title}: KPI wall",
            f"{company.title}: every KPI at a glance.",
            list(_panels(company)),
            since="now-7d",  # the value shown is the last of the range, so steps must be short, and with them the range
        )
        for company in companies
    }


def _panels(company: Company) -> Iterator[Panel]:
    """Each area begins a line of its own; the health of the exporter stands below them all."""
    areas = company.areas()
    lines = sum(-(-len(kpis) // _PER_LINE) for kpis in areas.values())
    height, headers = _height(lines, len(areas))
    top = 0
    for number, (area, kpis) in enumerate(areas.items()):
        if headers:
            yield _header(2001 + number, area, top)
            top += 1
        for index, kpi in enumerate(kpis):
            line, place = divmod(index, _PER_LINE)
            width = COLUMNS // _PER_LINE
            position = {"h": height, "w": width, "x": place * width, "y": top + line * height}
            yield _kpi_panel(company, kpi, position)
        top += -(-len(kpis) // _PER_LINE) * height
    alerts = (*company_alerts(company), *exporter_alerts(company))
    for index, alert in enumerate(alerts):
        width = COLUMNS // len(alerts)
        yield _health_panel(alert, {"h": _HEALTH_HEIGHT, "w": width, "x": index * width, "y": top})


def _height(lines: int, areas: int) -> tuple[int, bool]:
    """The height of the KPIs' panels, and whether there is room for a header over each area."""
    room = ROWS - _HEALTH_HEIGHT
    with_headers = (room - areas) // max(lines, 1)
    if with_headers >= _HEIGHT_WITH_HEADERS:
        return min(with_headers, _GREATEST_HEIGHT), True
    return max(room // max(lines, 1), _LEAST_HEIGHT), False


def _header(id_: int, area: str, top: int) -> Panel:
    title = area.replace("_", " ").capitalize()
    position = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
    return {"collapsed": False, "gridPos": position, "id": id_, "panels": [], "title": title, "type": "row"}


def _kpi_panel(company: Company, kpi: Kpi, position: Mapping[str, int]) -> Panel:
    # Without the second half the panel would go on showing the last number there was.
    expression = f"{_of_replicas(kpi)}({values(company, kpi)}) or vector(NaN)"
    title, id_ = kpi.title, kpi_panel_id(company, kpi)
    steps = of_kpi(kpi) or neutral()
    return _stat(id_, title, _described(kpi), position, expression, style(kpi.unit).grafana, steps)


def _of_replicas(kpi: Kpi) -> str:
    """The worst of what replicas of the exporter show, as in the alerts."""
    bounds = [bound for condition in kpi.thresholds.values() for bound in condition.bounds]
    upward = [bound.comparison.upward for bound in bounds if not bound.scope.segment]
    return "min" if upward and not any(upward) else "max"


def _described(kpi: Kpi) -> str:
    conditions = {"Target": kpi.target, "Warning": kpi.warning, "Red flag": kpi.critical}
    levels = [f"{word}: {condition.text}." for word, condition in conditions.items() if condition is not None]
    classes = ", ".join(f"{each.name} {each.text}" for each in kpi.classes)
    levels += [f"Classes: {classes}."] if classes else []
    levels += [f"Benchmark ({each.name}): {each.text}." for each in kpi.benchmarks]
    return " ".join([kpi.definition, *levels])


def _health_panel(alert: ShownAlert, position: Mapping[str, int]) -> Panel:
    steps = rising("red", {1: "green"}) if alert.wanted else rising("green", {1: "orange"})
    return _stat(alert.panel, alert.caption, alert.meaning, position, alert.glance, "none", steps)


def _stat(
    id_: int, title: str, description: str, position: Mapping[str, int], expression: str, unit: str, steps: Steps
) -> Panel:
    unknown = {"color": "#808080", "index": 0, "text": _UNKNOWN}
    return {
        "datasource": DATASOURCE,
        "description": description,
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "thresholds"},
                "mappings": [{"options": {"match": "null+nan", "result": unknown}, "type": "special"}],
                "noValue": _UNKNOWN,
                "thresholds": {"mode": "absolute", "steps": steps},
                "unit": unit,
            },
            "overrides": [],
        },
        "gridPos": dict(position),
        "id": id_,
        "interval": "5m",
        "maxDataPoints": 2100,
        "options": {
            "colorMode": "background",
            "graphMode": "area",
            "justifyMode": "center",
            "orientation": "auto",
            "reduceOptions": {"calcs": ["last"], "fields": "", "values": False},
            "showPercentChange": False,
            "textMode": "value",
            "wideLayout": True,
        },
        "targets": [query("A", expression, title)],
        "title": title,
        "type": "stat",
    }
