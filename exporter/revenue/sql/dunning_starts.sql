-- The instant since which each past due row of subscription_items waits for its payment.
-- Consecutive rows of one line without a gap are one wait.
SELECT
    source,
    item_id,
    MAX(CASE WHEN NOT goes_on THEN starts_at END) OVER (
        PARTITION BY source, customer_id, subscription_id, line_id
        ORDER BY starts_at, item_id ROWS UNBOUNDED PRECEDING
    ) AS since
FROM (
    SELECT
        source,
        customer_id,
        subscription_id,
        item_id,
        COALESCE(line_id, item_id) AS line_id,
        starts_at,
        COALESCE(
            LAG(ends_at) OVER (
                PARTITION BY source, customer_id, subscription_id, COALESCE(line_id, item_id)
                ORDER BY starts_at, item_id
            ) = starts_at,
            FALSE
        ) AS goes_on
    FROM subscription_items
    WHERE status = 'past_due' AND $dunning_ends
) AS past_due
