-- What the MRR in other currencies gained or lost in the period by their exchange rates alone: the
-- part of its change that is no movement.
-- unit: money/month
-- nature: flow
WITH changes AS (
    SELECT
        period,
        SUM(CASE WHEN closes THEN at_close ELSE 0 END)
        - SUM(CASE WHEN opens THEN at_opening ELSE 0 END) AS change
    FROM mrr_open_close_by_currency
    WHERE is_foreign
    GROUP BY period
),

moves AS (
    SELECT moved.period, SUM(moved.delta) AS change
    FROM moved
    JOIN (SELECT DISTINCT currency FROM exchange_rates) AS rated ON rated.currency = moved.currency
    GROUP BY moved.period
)

SELECT period.period, COALESCE(changes.change, 0) - COALESCE(moves.change, 0) AS value
FROM period
LEFT JOIN changes USING (period)
LEFT JOIN moves USING (period)
