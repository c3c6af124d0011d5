-- What each customer pays in each currency from `effective_at` up to `until`, and what changed there. No two of its rows
-- have one `effective_at`, so that frames may count rows, which is faster than to look for equals.
SELECT
    customer_id,
    currency,
    effective_at,
    LEAD(effective_at) OVER history AS until,
    known_at,
    CAST(delta AS DECIMAL(38, 16)) AS delta_native,
    CAST(SUM(delta) OVER (history ROWS UNBOUNDED PRECEDING) AS DECIMAL(38, 16)) AS after_native,
    CAST(SUM(paused) OVER (history ROWS UNBOUNDED PRECEDING) AS INTEGER) AS paused,
    held AS held_delta,
    paused AS paused_delta,
    COALESCE(
        MIN(CASE WHEN delta > 0 THEN effective_at END) OVER (history ROWS UNBOUNDED PRECEDING) < effective_at, FALSE
    ) AS rose_before,
    evidence
FROM buckets
WINDOW history AS (PARTITION BY customer_id, currency ORDER BY effective_at)
