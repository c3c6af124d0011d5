"""What proves the rules: for each a course of values that must raise it, and one that must not, for promtool."""
