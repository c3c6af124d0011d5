-- Customers who paid at the start of the period and still do at its end.
-- unit: count
SELECT period.period, COUNT(balances.customer_id) FILTER (balances.opening > 0 AND balances.closing > 0) AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
GROUP BY period.period
