-- The share of what customers of the start of the period paid then that was paid by those who no
-- longer pay at its end. The segment is the customer's tier.
-- unit: ratio
-- nature: flow
-- by: segment
-- lookups: customers
SELECT
    balances.period,
    balances.tier AS segment,
    SUM(CASE WHEN balances.pays OR balances.on_hold THEN 0 ELSE balances.opening END)
    / SUM(balances.opening) AS value
FROM mrr_open_close_by_tier AS balances
WHERE balances.paid_before AND balances.opening > 0
GROUP BY GROUPING SETS ((balances.period), (balances.period, balances.tier))
HAVING GROUPING(balances.tier) = 1 OR balances.tier IS NOT NULL
