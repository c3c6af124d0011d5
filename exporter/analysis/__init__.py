"""Questions about a company's numbers: explain, what-if, review, backtest, backfill."""
