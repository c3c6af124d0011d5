-- Customers who first paid in the period, by the segment that is their tier.
-- unit: count
-- nature: flow
-- by: segment
-- lookups: customers
SELECT
    period.period,
    customer_movements.tier AS segment,
    COUNT(
        DISTINCT CASE WHEN customer_movements.kind = 'new' THEN customer_movements.customer_id END
    ) AS value
FROM period
LEFT JOIN customer_movements USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, customer_movements.tier))
HAVING GROUPING(customer_movements.tier) = 1 OR customer_movements.tier IS NOT NULL
