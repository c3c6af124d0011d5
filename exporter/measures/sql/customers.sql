-- Customers who pay at the end of the period. A tier that they have all left is at 0.
-- unit: count
-- nature: stock
-- by: tier
-- lookups: customers
SELECT
    period.period,
    balances.tier,
    COUNT(CASE WHEN balances.pays THEN balances.customer_id END) AS value
FROM period
LEFT JOIN mrr_open_close_by_tier AS balances USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, balances.tier))
HAVING GROUPING(balances.tier) = 1 OR balances.tier IS NOT NULL
