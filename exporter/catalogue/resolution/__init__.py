"""Resolves a parsed document to a company: every name, unit and level is looked up and checked."""
