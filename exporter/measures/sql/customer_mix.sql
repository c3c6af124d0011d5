-- The share of each tier among the customers who have one and pay at the end of the period; in all,
-- the largest share. A tier that they have all left is at 0.
-- unit: ratio
-- nature: stock
-- by: tier
WITH counted AS (
    SELECT
        balances.period,
        customer_tiers.tier,
        CAST(SUM(CASE WHEN balances.pays THEN 1 ELSE 0 END) AS DECIMAL(38, 10)) AS customers
    FROM mrr_open_close AS balances
    JOIN customer_tiers USING (customer_id)
    WHERE customer_tiers.tier IS NOT NULL
    GROUP BY balances.period, customer_tiers.tier
),

shares AS (
    SELECT period, tier, customers / NULLIF(SUM(customers) OVER (PARTITION BY period), 0) AS share
    FROM counted
)

SELECT period, tier, MAX(share) AS value
FROM shares
GROUP BY GROUPING SETS ((period), (period, tier))
