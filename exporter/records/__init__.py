"""Typed rows in a few canonical tables, stored in one embedded DuckDB file."""
