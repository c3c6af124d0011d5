-- The share of what customers of the start of the period paid then that was paid by those who no longer pay at its end.
-- The segment is the customer's tier.
-- unit: ratio
-- by: segment
-- lookups: customers
SELECT
    balances.period,
    tiers.tier AS segment,
    SUM(CASE WHEN balances.pays OR balances.on_hold THEN 0 ELSE balances.opening END) / SUM(balances.opening) AS value
FROM open_and_close AS balances
LEFT JOIN tiers USING (customer_id)
WHERE balances.paid_before AND balances.opening > 0
GROUP BY GROUPING SETS ((balances.period), (balances.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
