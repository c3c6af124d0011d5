"""What Prometheus evaluates: alerts on KPIs and on the exporter, recording rules, and their files."""
