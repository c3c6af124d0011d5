"""What may alert of a company, and in which words: the model that rules, runbooks, pages and backtests share."""
