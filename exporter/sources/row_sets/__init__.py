"""Rows of sources that DuckDB reads as sets, with Python for single values that need it."""
