"""Tests of the table of fixed series, and of what reads it."""
