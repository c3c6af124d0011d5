-- What customers of the start of the period pay more per month at its end.
-- unit: money/month
SELECT
    period.period,
    COALESCE(SUM(GREATEST(balances.closing - balances.opening, 0)) FILTER (balances.opening > 0), 0) AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
GROUP BY period.period
