-- What each customer pays in each currency from `effective_at` up to `until`, and what changed there.
SELECT
    customer_id,
    currency,
    effective_at,
    LEAD(effective_at) OVER history AS until,
    known_at,
    CAST(delta AS DECIMAL(38, 16)) AS delta_native,
    CAST(SUM(delta) OVER history AS DECIMAL(38, 16)) AS after_native,
    CAST(SUM(held) OVER history AS BIGINT) AS held,
    CAST(SUM(paused) OVER history AS BIGINT) AS paused,
    CAST(held AS BIGINT) AS held_delta,
    CAST(paused AS BIGINT) AS paused_delta,
    COALESCE(SUM(CASE WHEN delta > 0 THEN 1 ELSE 0 END) OVER (
        PARTITION BY customer_id, currency ORDER BY effective_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) > 0 AS rose_before,
    listed <> 0 AS relisted,
    quantity <> 0 AS recounted,
    evidence,
    one_plan
FROM buckets
WINDOW history AS (PARTITION BY customer_id, currency ORDER BY effective_at)
