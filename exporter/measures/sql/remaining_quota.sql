-- What is left to win, at the end of the period, of the sales target of the quarter that the period
-- begins in.
-- unit: money
-- nature: whole
WITH quarters AS (
    SELECT period, DATE_TRUNC('quarter', starts) AS starts, ends FROM period
),

won AS (
    SELECT quarters.period, SUM(deals.amount) AS amount
    FROM quarters
    JOIN
        deals
        ON deals.won AND deals.closed_at >= quarters.starts AND deals.closed_at < quarters.ends
    GROUP BY quarters.period
)

SELECT quarters.period, quotas.amount - COALESCE(won.amount, 0) AS value
FROM quarters
JOIN quotas ON quotas.quarter_on = CAST(quarters.starts AS DATE)
LEFT JOIN won USING (period)
