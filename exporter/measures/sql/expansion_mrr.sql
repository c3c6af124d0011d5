-- What customers who paid already came to pay more per month in the period, without what others
-- came to pay less.
-- unit: money/month
-- nature: flow
-- by: tier
-- lookups: customers
SELECT
    period.period,
    customer_movements.tier,
    COALESCE(
        SUM(CASE WHEN customer_movements.kind = 'expansion' THEN customer_movements.delta END), 0
    ) AS value
FROM period
LEFT JOIN customer_movements USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, customer_movements.tier))
HAVING GROUPING(customer_movements.tier) = 1 OR customer_movements.tier IS NOT NULL
