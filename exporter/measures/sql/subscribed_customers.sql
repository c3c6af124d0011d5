-- Customers with a subscription in force at the end of the period, whether they pay or not. A tier
-- that they have all left is at 0.
-- unit: count
-- nature: stock
-- by: tier
-- lookups: customers
SELECT period.period, balances.tier, COUNT(DISTINCT lines_in_force.customer_id) AS value
FROM period
LEFT JOIN mrr_open_close_by_tier AS balances USING (period)
LEFT JOIN lines_in_force
    ON
        lines_in_force.period = balances.period
        AND lines_in_force.customer_id = balances.customer_id
        AND lines_in_force.status IN ('active', 'trialing', 'past_due', 'paused')
GROUP BY GROUPING SETS ((period.period), (period.period, balances.tier))
HAVING GROUPING(balances.tier) = 1 OR balances.tier IS NOT NULL
