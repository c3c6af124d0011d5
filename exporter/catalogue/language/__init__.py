"""The small languages of a catalogue: formulas, thresholds, plans, classes, shocks."""
