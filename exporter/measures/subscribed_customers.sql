-- Customers with a subscription in force at the end of the period, whether they pay or not.
-- unit: count
-- by: tier
-- lookups: customers
SELECT period.period, tiers.tier, COUNT(DISTINCT in_force.customer_id) AS value
FROM period
LEFT JOIN in_force ON in_force.period = period.period AND in_force.status NOT IN ('canceled', 'unpaid')
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
