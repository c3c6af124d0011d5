"""Analyses of a company's records: explain, what-if, review, backtest and backfill, each defined in one package.

`registry.py` lists them. The commands of the command line and the addresses of the API follow from their definitions.
"""
