"""Parsers of the texts in a catalogue: formulas, thresholds, plans, classes, benchmarks, objectives and shocks."""
