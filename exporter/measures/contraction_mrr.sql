-- What customers of the start of the period who stayed pay less per month at its end.
-- unit: money/month
SELECT
    period.period,
    COALESCE(SUM(GREATEST(balances.opening - balances.closing, 0)) FILTER (balances.opening > 0 AND balances.closing > 0), 0)
        AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
GROUP BY period.period
