-- What the start's MRR came to by the movements of the period: with expansion and reactivation,
-- without contraction and churn, as a share of it. Exchange rates and new customers do not count;
-- customers won and grown in the period do.
-- unit: ratio
-- nature: whole
WITH opened AS (
    SELECT period, SUM(opening) AS opening FROM mrr_open_close
    GROUP BY period
),

moves AS (
    SELECT period, SUM(delta) AS change FROM moved
    WHERE kind NOT IN ('new', 'fx')
    GROUP BY period
)

SELECT opened.period, 1 + COALESCE(moves.change, 0) / NULLIF(opened.opening, 0) AS value
FROM opened
LEFT JOIN moves USING (period)
