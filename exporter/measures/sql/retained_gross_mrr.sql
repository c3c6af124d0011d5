-- What the customers of the start of the period pay per month at its end, each at most what it paid
-- then, at the exchange rates of the start.
-- unit: money/month
-- nature: whole
SELECT balances.period, SUM(GREATEST(LEAST(balances.opening, balances.unmoved), 0)) AS value
FROM mrr_open_close AS balances
WHERE balances.paid_before
GROUP BY balances.period
