-- Customers who pay at the end of the period.
-- unit: count
-- by: tier
-- lookups: customers
SELECT period.period, tiers.tier, COUNT(payers.customer_id) AS value
FROM period
LEFT JOIN payers USING (period)
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
