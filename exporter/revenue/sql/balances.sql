-- What each customer pays in each currency from `effective_at` up to `until`, at every instant at
-- which that changes, and what changed there. `bucket` is that of the policy's grain: an instant,
-- or a day or the first day of a month in the company's time zone. Where `shares_bucket` says that
-- a change has to be netted with others, the sums and plans from which further flags follow stand
-- beside it in place of these flags. No two rows of a customer and currency have one
-- `effective_at`, so window frames may count rows, which is faster than to look for equals.
SELECT
    running.customer_id,
    running.currency,
    running.bucket,
    running.effective_at,
    running.until,
    running.known_at,
    CAST(running.delta AS DECIMAL(38, 16)) AS delta_native,
    CAST(running.after_native AS DECIMAL(38, 16)) AS after_native,
    running.held AS held_delta,
    running.paused AS paused_delta,
    running.rose_before,
    running.shares_bucket,
    CASE
        WHEN running.shares_bucket THEN running.change_flags
        ELSE
            running.change_flags
            + CASE WHEN running.listed <> 0 THEN $list_price_changed ELSE 0 END
            + CASE WHEN running.quantity <> 0 THEN $quantity_changed ELSE 0 END
            + CASE WHEN running.first_plan <> running.last_plan THEN $plan_changed ELSE 0 END
    END AS change_flags,
    CAST(CASE WHEN running.shares_bucket THEN running.listed END AS DECIMAL(38, 16))
        AS listed_delta,
    CAST(CASE WHEN running.shares_bucket THEN running.quantity END AS DECIMAL(38, 8))
        AS quantity_delta,
    firsts.name AS first_plan,
    lasts.name AS last_plan
FROM (
    SELECT
        dated.*,
        LEAD(effective_at) OVER history AS until,
        SUM(delta) OVER (history ROWS UNBOUNDED PRECEDING) AS after_native,
        COALESCE(
            MIN(CASE WHEN delta > 0 THEN effective_at END) OVER (history ROWS UNBOUNDED PRECEDING)
            < effective_at,
            FALSE
        ) AS rose_before,
        COALESCE(LAG(bucket) OVER history = bucket, FALSE)
        OR COALESCE(LEAD(bucket) OVER history = bucket, FALSE) AS shares_bucket
    FROM (
        SELECT
            mrr_deltas_by_instant.*,
            CASE
                WHEN $grain = 'event' THEN effective_at
                WHEN $grain = 'month' THEN DATE_TRUNC('month', CAST(effective_at AS DATE))
                ELSE CAST(effective_at AS DATE)
            END AS bucket
        FROM mrr_deltas_by_instant
    ) AS dated
    WINDOW history AS (PARTITION BY customer_id, currency ORDER BY effective_at)
) AS running
LEFT JOIN plan_numbers AS firsts ON running.shares_bucket AND firsts.number = running.first_plan
LEFT JOIN plan_numbers AS lasts ON running.shares_bucket AND lasts.number = running.last_plan
