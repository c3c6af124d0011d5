"""Models what can alert for a company, and in which words: shared by rules, runbooks, pages and backtests."""
