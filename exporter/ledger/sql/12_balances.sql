-- What each customer pays in each currency from `effective_at` up to `until`, at every instant at which that changes, and
-- what changed there. `bucket` is that of the policy's grain, an instant, a day or a month of the company's time zone;
-- `goes_on` says that the row before is in the same. No two of its rows have one `effective_at`, so that frames may count
-- rows, which is faster than to look for equals.
SELECT
    customer_id,
    currency,
    bucket,
    effective_at,
    LEAD(effective_at) OVER history AS until,
    known_at,
    CAST(delta AS DECIMAL(38, 16)) AS delta_native,
    CAST(SUM(delta) OVER (history ROWS UNBOUNDED PRECEDING) AS DECIMAL(38, 16)) AS after_native,
    held AS held_delta,
    paused AS paused_delta,
    CAST(listed AS DECIMAL(38, 16)) AS listed_delta,
    CAST(quantity AS DECIMAL(38, 8)) AS quantity_delta,
    first_plan,
    last_plan,
    evidence,
    COALESCE(
        MIN(CASE WHEN delta > 0 THEN effective_at END) OVER (history ROWS UNBOUNDED PRECEDING) < effective_at, FALSE
    ) AS rose_before,
    COALESCE(LAG(bucket) OVER history = bucket, FALSE) AS goes_on
FROM (
    SELECT
        instants.*,
        CASE
            WHEN $grain = 'event' THEN effective_at
            WHEN $grain = 'month' THEN DATE_TRUNC('month', effective_at)
            ELSE DATE_TRUNC('day', effective_at)
        END AS bucket
    FROM instants
) AS dated
WINDOW history AS (PARTITION BY customer_id, currency ORDER BY effective_at)
