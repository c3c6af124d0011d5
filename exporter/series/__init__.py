"""The series of /metrics: their names, HELP, labels and values."""
