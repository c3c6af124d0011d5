-- The share of each tier among the customers who have one and pay at the end of the period; in all, the largest share.
-- unit: ratio
-- by: tier
WITH counted AS (
    SELECT payers.period, tiers.tier, CAST(COUNT(*) AS DECIMAL(38, 10)) AS customers
    FROM payers
    JOIN tiers USING (customer_id)
    WHERE tiers.tier IS NOT NULL
    GROUP BY payers.period, tiers.tier
),
shares AS (
    SELECT period, tier, customers / SUM(customers) OVER (PARTITION BY period) AS share FROM counted
)
SELECT period, tier, MAX(share) AS value
FROM shares
GROUP BY GROUPING SETS ((period), (period, tier))
