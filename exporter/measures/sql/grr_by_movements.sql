-- What contraction and churn left of the start's MRR in the period, as a share of it, whatever came
-- back; below 0 where customers that were won in the period left more than there was.
-- unit: ratio
-- nature: whole
WITH opened AS (
    SELECT period, SUM(opening) AS opening FROM mrr_open_close
    GROUP BY period
),

moves AS (
    SELECT period, SUM(delta) AS change
    FROM moved
    WHERE kind IN ('contraction', 'churn')
    GROUP BY period
)

SELECT opened.period, 1 + COALESCE(moves.change, 0) / NULLIF(opened.opening, 0) AS value
FROM opened
LEFT JOIN moves USING (period)
