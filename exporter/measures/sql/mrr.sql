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

-- Also lines that ended, at 0.
paid AS (
    SELECT
        period.period,
        COALESCE(asset_types.type, default_type.type) AS type,
        lines.plan,
        CASE
            WHEN lines.ends_at < period.ends THEN 0
            WHEN period_fx_rates.currency IS NULL THEN lines.monthly
            ELSE
                CAST(
                    CAST(lines.monthly AS DECIMAL(26, 10)) * period_fx_rates.closing
                    AS DECIMAL(38, 16)
                )
        END AS monthly
    FROM period
    JOIN lines ON lines.starts_at < period.ends
    LEFT JOIN
        period_fx_rates
        ON period_fx_rates.period = period.period AND period_fx_rates.currency = lines.currency
    LEFT JOIN asset_types USING (asset_id)
    LEFT JOIN default_type ON TRUE
),

parts AS (
    SELECT period, type, plan, COALESCE(SUM(monthly), 0) AS value
    FROM paid
    GROUP BY GROUPING SETS ((period, type), (period, plan))
    HAVING GROUPING(type) = 1 OR type IS NOT NULL
)

SELECT period, tier, CAST(NULL AS VARCHAR) AS type, CAST(NULL AS VARCHAR) AS plan, value FROM sizes
UNION ALL
SELECT period, CAST(NULL AS VARCHAR) AS tier, type, plan, value FROM parts
