"""Measures: one number per period each, in plain SQL over the record tables, asked for many periods at once."""
