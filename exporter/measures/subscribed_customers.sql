-- Customers with a subscription in force at the end of the period, whether they pay or not.
-- unit: count
-- by: tier
-- lookups: customers
SELECT period.period, tiers.tier, COUNT(DISTINCT rates.customer_id) AS value
FROM period
LEFT JOIN run_rates AS rates
    ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
