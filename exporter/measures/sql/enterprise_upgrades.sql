-- The share of the small customers of the start of the period that are enterprises at its end.
-- unit: ratio
-- nature: flow
WITH opening AS (
    SELECT period.period, period.ends, sizes.customer_id
    FROM period
    JOIN customer_sizes AS sizes
        ON
            sizes.size = 'smb' AND sizes.starts_at < period.starts
            AND (sizes.ends_at IS NULL OR sizes.ends_at >= period.starts)
    GROUP BY ALL
),

upgraded AS (
    SELECT DISTINCT opening.period, opening.customer_id
    FROM opening
    JOIN customer_sizes AS sizes
        ON
            sizes.customer_id = opening.customer_id
            AND sizes.size = 'enterprise'
            AND sizes.starts_at < opening.ends
            AND (sizes.ends_at IS NULL OR sizes.ends_at >= opening.ends)
)

SELECT opening.period, CAST(COUNT(upgraded.customer_id) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM opening
LEFT JOIN upgraded USING (period, customer_id)
GROUP BY opening.period
