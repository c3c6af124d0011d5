-- Customers who pay at the end of the period.
-- unit: count
-- by: tier
-- lookups: customers
WITH paying AS (
    SELECT period.period, rates.customer_id
    FROM period
    JOIN run_rates AS rates
        ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)
    GROUP BY period.period, rates.customer_id
    HAVING SUM(rates.monthly) > 0
)
SELECT period.period, tiers.tier, COUNT(paying.customer_id) AS value
FROM period
LEFT JOIN paying USING (period)
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
