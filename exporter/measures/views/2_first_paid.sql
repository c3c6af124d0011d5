-- Per customer, the instant at which it first paid anything, all its items taken together.
WITH changes AS (
    SELECT customer_id, starts_at AS changed_at, monthly
    FROM run_rates
    WHERE ends_at IS NULL OR ends_at > starts_at
    UNION ALL
    SELECT customer_id, ends_at AS changed_at, -monthly AS monthly
    FROM run_rates
    WHERE ends_at > starts_at
),
levels AS (
    SELECT customer_id, changed_at, SUM(monthly) OVER (PARTITION BY customer_id ORDER BY changed_at) AS level
    FROM changes
)
SELECT customer_id, MIN(changed_at) AS first_paid_at
FROM levels
WHERE level > 0
GROUP BY customer_id
