-- The run-rate of all subscription items at the end of the period, normalised to a month. A tier, a
-- type or a plan for which nothing is paid any more is at 0, so that a threshold on it is crossed.
-- unit: money/month
-- nature: stock
-- by: tier, type, plan
-- lookups: customers, assets
WITH sizes AS (
    SELECT period, tier, SUM(closing) AS value
    FROM mrr_open_close_by_tier
    GROUP BY GROUPING SETS ((period), (period, tier))
    HAVING GROUPING(tier) = 1 OR tier IS NOT NULL
),

sold AS (
    SELECT
        COALESCE(asset_types.type, default_type.type) AS type,
        lines.plan,
        MIN(lines.starts_at) AS starts_at
    FROM lines
    LEFT JOIN asset_types USING (asset_id)
    LEFT JOIN default_type ON TRUE
    GROUP BY COALESCE(asset_types.type, default_type.type), lines.plan
),

paid AS (
    SELECT
        lines_in_force.period,
        COALESCE(asset_types.type, default_type.type) AS type,
        lines_in_force.plan,
        lines_in_force.monthly
    FROM lines_in_force
    LEFT JOIN asset_types USING (asset_id)
    LEFT JOIN default_type ON TRUE
    UNION ALL
    SELECT period.period, sold.type, sold.plan, 0 AS monthly
    FROM period
    JOIN sold ON sold.starts_at < period.ends
),

parts AS (
    SELECT period, type, plan, SUM(monthly) AS value
    FROM paid
    GROUP BY GROUPING SETS ((period, type), (period, plan))
    HAVING GROUPING(type) = 1 OR type IS NOT NULL
)

SELECT period, tier, CAST(NULL AS VARCHAR) AS type, CAST(NULL AS VARCHAR) AS plan, value FROM sizes
UNION ALL
SELECT period, CAST(NULL AS VARCHAR) AS tier, type, plan, value FROM parts
