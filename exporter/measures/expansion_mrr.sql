-- What customers who paid already came to pay more per month in the period, without what others came to pay less.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period.period, tiers.tier, COALESCE(SUM(moved.delta), 0) AS value
FROM period
LEFT JOIN moved ON moved.period = period.period AND moved.kind = 'expansion'
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
