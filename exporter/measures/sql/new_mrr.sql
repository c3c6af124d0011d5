-- What customers who paid for the first time in the period began with per month.
-- unit: money/month
-- nature: flow
-- by: tier
-- lookups: customers
SELECT
    period.period,
    customer_movements.tier,
    COALESCE(SUM(CASE WHEN customer_movements.kind = 'new' THEN customer_movements.delta END), 0)
        AS value
FROM period
LEFT JOIN customer_movements USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, customer_movements.tier))
HAVING GROUPING(customer_movements.tier) = 1 OR customer_movements.tier IS NOT NULL
