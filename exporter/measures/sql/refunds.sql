-- Money given back to customers in the period.
-- unit: money
-- nature: flow
SELECT period.period, COALESCE(SUM(refunds.amount), 0) AS value
FROM period
LEFT JOIN refunds ON refunds.refunded_at >= period.starts AND refunds.refunded_at < period.ends
GROUP BY period.period
