-- The share of each tier in what customers who have one pay at the end of the period; in all, the largest share.
-- unit: ratio
-- by: tier
WITH paid AS (
    SELECT period.period, tiers.tier, SUM(rates.monthly) AS monthly
    FROM period
    JOIN run_rates AS rates
        ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)
    JOIN tiers USING (customer_id)
    WHERE tiers.tier IS NOT NULL
    GROUP BY period.period, tiers.tier
),
shares AS (
    SELECT period, tier, monthly / NULLIF(SUM(monthly) OVER (PARTITION BY period), 0) AS share FROM paid
)
SELECT period, tier, MAX(share) AS value
FROM shares
GROUP BY GROUPING SETS ((period), (period, tier))
