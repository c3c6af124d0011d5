-- Customers who first paid in the period, by the segment that is their tier.
-- unit: count
-- by: segment
-- lookups: customers
SELECT period.period, tiers.tier AS segment, COUNT(first_paid.customer_id) AS value
FROM period
LEFT JOIN first_paid ON first_paid.first_paid_at >= period.starts AND first_paid.first_paid_at < period.ends
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
