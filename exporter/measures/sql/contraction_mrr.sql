-- What customers who went on paying came to pay less per month in the period.
-- unit: money/month
-- nature: flow
-- by: tier
-- lookups: customers
SELECT
    period.period,
    customer_movements.tier,
    COALESCE(
        SUM(CASE WHEN customer_movements.kind = 'contraction' THEN -customer_movements.delta END), 0
    ) AS value
FROM period
LEFT JOIN customer_movements USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, customer_movements.tier))
HAVING GROUPING(customer_movements.tier) = 1 OR customer_movements.tier IS NOT NULL
