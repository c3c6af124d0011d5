"""Units, comparisons, and how amounts are written for people and for Prometheus."""
