-- What the customers of the start of the period pay per month at its end; customers won since then do not count.
-- unit: money/month
SELECT period.period, SUM(balances.closing) FILTER (balances.opening > 0) AS value
FROM period
JOIN open_and_close AS balances USING (period)
GROUP BY period.period
