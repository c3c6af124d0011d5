-- Cash spent per month over the three months up to the end of the period, money from investors and
-- lenders left out.
-- unit: money/month
-- nature: stock
SELECT period, amount AS value FROM burn_rates
