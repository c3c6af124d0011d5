-- What customers of the start of the period who no longer pay at its end paid per month.
-- unit: money/month
SELECT
    period.period,
    COALESCE(SUM(balances.opening - balances.closing) FILTER (balances.opening > 0 AND balances.closing <= 0), 0) AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
GROUP BY period.period
