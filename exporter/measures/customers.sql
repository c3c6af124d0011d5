-- Customers who pay at the end of the period. A tier that they have all left is at 0.
-- unit: count
-- by: tier
-- lookups: customers
SELECT period.period, tiers.tier, COUNT(CASE WHEN balances.pays THEN balances.customer_id END) AS value
FROM period
LEFT JOIN open_and_close AS balances USING (period)
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
