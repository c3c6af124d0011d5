"""kpi-exporter: a company's numbers, by written definitions, as Prometheus gauges with tested alerts."""

from importlib.metadata import version

__version__ = version("kpi-exporter")
