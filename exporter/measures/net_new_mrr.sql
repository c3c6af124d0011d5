-- What all customers together pay more per month at the end of the period than at its start.
-- unit: money/month
SELECT period.period, COALESCE(SUM(balances.closing - balances.opening), 0) AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
GROUP BY period.period
