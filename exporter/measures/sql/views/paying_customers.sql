-- Per period, the customers who pay at its end.
SELECT balances.period, period.ends, balances.customer_id, balances.closing AS monthly
FROM mrr_open_close AS balances
JOIN period USING (period)
WHERE balances.pays
