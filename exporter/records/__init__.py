"""Records: typed rows in a few canonical tables, kept in one embedded DuckDB file."""
