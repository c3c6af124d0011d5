-- What customers who first paid in the period pay per month at its end.
-- unit: money/month
SELECT
    period.period,
    COALESCE(SUM(balances.closing) FILTER (balances.closing > 0 AND first_paid.first_paid_at >= period.starts), 0) AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
LEFT JOIN first_paid USING (customer_id)
GROUP BY period.period
