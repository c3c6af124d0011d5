-- The share won of the deals decided in the period to which the product had been demonstrated.
-- unit: ratio
-- nature: whole
SELECT
    period.period,
    CAST(COUNT(*) FILTER (deals.won) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM period
JOIN
    deals
    ON
        deals.demo_at IS NOT NULL
        AND deals.closed_at >= period.starts
        AND deals.closed_at < period.ends
GROUP BY period.period
