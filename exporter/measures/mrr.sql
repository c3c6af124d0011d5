-- The run-rate of all subscription items at the end of the period, normalised to a month. A tier, a type or a plan for
-- which nothing is paid any more is at 0, so that a threshold on it is crossed.
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
sold AS (
    SELECT types.type, lines.plan, MIN(lines.starts_at) AS starts_at
    FROM lines
    LEFT JOIN types USING (asset_id)
    GROUP BY types.type, lines.plan
),
paid AS (
    SELECT in_force.period, types.type, in_force.plan, in_force.monthly
    FROM in_force
    LEFT JOIN types USING (asset_id)
    UNION ALL
    SELECT period.period, sold.type, sold.plan, 0
    FROM period
    JOIN sold ON sold.starts_at < period.ends
),
parts AS (
    SELECT period, type, plan, SUM(monthly) AS value
    FROM paid
    GROUP BY GROUPING SETS ((period, type), (period, plan))
    HAVING (GROUPING(type) = 1 OR type IS NOT NULL) AND (GROUPING(plan) = 1 OR plan IS NOT NULL)
)
SELECT period, tier, CAST(NULL AS VARCHAR) AS type, CAST(NULL AS VARCHAR) AS plan, value FROM sizes
UNION ALL
SELECT period, CAST(NULL AS VARCHAR) AS tier, type, plan, value FROM parts
