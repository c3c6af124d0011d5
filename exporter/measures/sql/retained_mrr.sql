-- What the customers of the start of the period pay per month at its end, at the exchange rates of
-- the start; customers won since then do not count.
-- unit: money/month
-- nature: whole
SELECT balances.period, SUM(balances.unmoved) AS value
FROM mrr_open_close AS balances
WHERE balances.paid_before
GROUP BY balances.period
