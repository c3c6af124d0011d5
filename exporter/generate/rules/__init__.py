"""Rules that Prometheus evaluates: alerts on KPIs and on the exporter, and recording rules."""
