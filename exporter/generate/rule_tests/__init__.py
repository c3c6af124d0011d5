"""Tests of the rules for promtool: for each rule, values that must fire it and values that must not."""
