-- The run-rate of all subscription items at the end of the period, normalised to a month.
-- unit: money/month
-- by: tier, type, plan
-- lookups: customers, assets
WITH sizes AS (
    SELECT balances.period, tiers.tier, SUM(balances.closing) AS value
    FROM open_and_close AS balances
    LEFT JOIN tiers USING (customer_id)
    GROUP BY GROUPING SETS ((balances.period), (balances.period, tiers.tier))
    HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
),
parts AS (
    SELECT in_force.period, types.type, in_force.plan, SUM(in_force.monthly) AS value
    FROM in_force
    LEFT JOIN types USING (asset_id)
    GROUP BY GROUPING SETS ((in_force.period, types.type), (in_force.period, in_force.plan))
    HAVING (GROUPING(types.type) = 1 OR types.type IS NOT NULL) AND (GROUPING(in_force.plan) = 1 OR in_force.plan IS NOT NULL)
)
SELECT period, tier, CAST(NULL AS VARCHAR) AS type, CAST(NULL AS VARCHAR) AS plan, value FROM sizes
UNION ALL
SELECT period, CAST(NULL AS VARCHAR) AS tier, type, plan, value FROM parts
