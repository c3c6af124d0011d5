-- What the customers of the start of the period pay per month at its end, each at most what it paid then.
-- unit: money/month
SELECT period.period, SUM(LEAST(balances.opening, balances.closing)) FILTER (balances.opening > 0) AS value
FROM period
JOIN open_and_close AS balances USING (period)
GROUP BY period.period
