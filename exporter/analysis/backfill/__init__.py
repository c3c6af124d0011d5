"""The past as Prometheus would have scraped it, so that a new one has years on its first day."""
