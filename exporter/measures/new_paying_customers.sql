-- Customers who first paid in the period, by the segment that is their tier.
-- unit: count
-- by: segment
-- lookups: customers
SELECT period.period, tiers.tier AS segment, COUNT(DISTINCT moved.customer_id) AS value
FROM period
LEFT JOIN moved ON moved.period = period.period AND moved.kind = 'new'
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
