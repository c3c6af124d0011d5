"""Serving what is known: `/metrics`, health, reload, explanations and the page for people."""
