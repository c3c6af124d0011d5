"""Asking measures where the records already are: the same SQL as one statement in the dialect of another engine."""
