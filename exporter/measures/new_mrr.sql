-- What customers who paid for the first time in the period began with per month.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period.period, tiers.tier, COALESCE(SUM(moved.delta), 0) AS value
FROM period
LEFT JOIN moved ON moved.period = period.period AND moved.kind = 'new'
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
