-- What customers who stopped paying in the period paid per month until then, whether or not they
-- came back.
-- unit: money/month
-- nature: flow
-- by: tier
-- lookups: customers
SELECT
    period.period,
    customer_movements.tier,
    COALESCE(
        SUM(CASE WHEN customer_movements.kind = 'churn' THEN -customer_movements.delta END), 0
    ) AS value
FROM period
LEFT JOIN customer_movements USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, customer_movements.tier))
HAVING GROUPING(customer_movements.tier) = 1 OR customer_movements.tier IS NOT NULL
