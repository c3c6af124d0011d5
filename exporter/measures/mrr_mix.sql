-- The share of each tier in what customers who have one pay at the end of the period; in all, the largest share.
-- unit: ratio
-- by: tier
WITH paid AS (
    SELECT balances.period, tiers.tier, SUM(balances.closing) AS monthly
    FROM open_and_close AS balances
    JOIN tiers USING (customer_id)
    WHERE tiers.tier IS NOT NULL AND balances.pays
    GROUP BY balances.period, tiers.tier
),
shares AS (
    SELECT period, tier, monthly / NULLIF(SUM(monthly) OVER (PARTITION BY period), 0) AS share FROM paid
)
SELECT period, tier, MAX(share) AS value
FROM shares
GROUP BY GROUPING SETS ((period), (period, tier))
