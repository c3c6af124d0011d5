-- Customers who first paid in the period, by the segment that is their tier.
-- unit: count
-- by: segment
-- lookups: customers
SELECT
    period.period,
    movers.tier AS segment,
    COUNT(DISTINCT CASE WHEN movers.kind = 'new' THEN movers.customer_id END) AS value
FROM period
LEFT JOIN movers USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, movers.tier))
HAVING GROUPING(movers.tier) = 1 OR movers.tier IS NOT NULL
