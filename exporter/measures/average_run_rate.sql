-- What a paying customer pays per month at the end of the period, on average. The segment is the customer's tier.
-- unit: money/month
-- by: segment
-- lookups: customers
WITH paying AS (
    SELECT period.period, rates.customer_id, SUM(rates.monthly) AS monthly
    FROM period
    JOIN run_rates AS rates
        ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)
    GROUP BY period.period, rates.customer_id
    HAVING SUM(rates.monthly) > 0
)
SELECT paying.period, tiers.tier AS segment, SUM(paying.monthly) / COUNT(*) AS value
FROM paying
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((paying.period), (paying.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
