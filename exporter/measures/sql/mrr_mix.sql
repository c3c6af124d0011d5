-- The share of each tier in what customers who have one pay at the end of the period; in all, the
-- largest share. A tier that they have all left is at 0.
-- unit: ratio
-- nature: stock
-- by: tier
WITH paid AS (
    SELECT
        balances.period,
        customer_tiers.tier,
        SUM(CASE WHEN balances.pays THEN balances.closing ELSE 0 END) AS monthly
    FROM mrr_open_close AS balances
    JOIN customer_tiers USING (customer_id)
    WHERE customer_tiers.tier IS NOT NULL
    GROUP BY balances.period, customer_tiers.tier
),

shares AS (
    SELECT period, tier, monthly / NULLIF(SUM(monthly) OVER (PARTITION BY period), 0) AS share
    FROM paid
)

SELECT period, tier, MAX(share) AS value
FROM shares
GROUP BY GROUPING SETS ((period), (period, tier))
