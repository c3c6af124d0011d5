-- The share of what customers of the start of the period paid then that was paid by those who no longer pay at its end.
-- The segment is the customer's tier.
-- unit: ratio
-- by: segment
-- lookups: customers
SELECT
    period.period,
    tiers.tier AS segment,
    COALESCE(SUM(balances.opening) FILTER (balances.closing <= 0), 0) / SUM(balances.opening) AS value
FROM period
JOIN open_and_close AS balances USING (period)
LEFT JOIN tiers USING (customer_id)
WHERE balances.opening > 0
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
