"""Simulated companies, a package each, that write what the real systems of such a company would export."""
