-- How a customer stands before and after each bucket where a balance does not say it by itself: those who pay in
-- several currencies, in all of them at the rates of the bucket's last change, and all where the policy looks back.
-- A customer who paid goes on as one who pays for as long as the policy lets it, then it is idle.
WITH several AS (
    SELECT customer_id
    FROM balances
    WHERE customer_id IN (SELECT customer_id FROM balances WHERE currency <> $currency)
    GROUP BY customer_id
    HAVING MIN(currency) <> MAX(currency)
),
rows_of_several AS (
    SELECT
        balances.*,
        CASE
            WHEN $grain = 'event' THEN effective_at
            WHEN $grain = 'month' THEN DATE_TRUNC('month', effective_at)
            ELSE DATE_TRUNC('day', effective_at)
        END AS bucket
    FROM balances
    WHERE customer_id IN (SELECT customer_id FROM several)
),
buckets_of_several AS (
    SELECT customer_id, bucket, MAX(effective_at) AS effective_at
    FROM rows_of_several
    GROUP BY customer_id, bucket
),
currencies_of_several AS (
    SELECT DISTINCT customer_id, currency FROM rows_of_several
),
filled AS (
    SELECT
        steps.customer_id,
        steps.bucket,
        steps.effective_at,
        held_in.currency,
        COALESCE(moved.delta_native, 0) AS delta_native,
        SUM(COALESCE(moved.delta_native, 0)) OVER history AS after_native,
        SUM(COALESCE(moved.held_delta, 0)) OVER history AS held,
        SUM(COALESCE(moved.paused_delta, 0)) OVER history AS paused
    FROM buckets_of_several AS steps
    JOIN currencies_of_several AS held_in ON held_in.customer_id = steps.customer_id
    LEFT JOIN rows_of_several AS moved
        ON moved.customer_id = steps.customer_id AND moved.bucket = steps.bucket AND moved.currency = held_in.currency
    WINDOW history AS (PARTITION BY steps.customer_id, held_in.currency ORDER BY steps.bucket)
),
totals AS (
    SELECT
        filled.customer_id,
        filled.bucket,
        MAX(filled.effective_at) AS effective_at,
        SUM(CAST(filled.delta_native AS DECIMAL(26, 8)) * CASE WHEN filled.currency = $currency THEN 1 ELSE rates.rate END) AS delta,
        SUM(CAST(filled.after_native AS DECIMAL(26, 8)) * CASE WHEN filled.currency = $currency THEN 1 ELSE rates.rate END) AS after,
        SUM(filled.held) AS held,
        SUM(filled.paused) AS paused
    FROM filled
    LEFT JOIN exchange_rates AS rates
        ON rates.currency = filled.currency AND rates.rate_on = CAST(filled.effective_at AS DATE)
    GROUP BY filled.customer_id, filled.bucket
),
levels AS (
    SELECT customer_id, bucket, effective_at, delta, after, after > 0 AS is_positive, held, paused FROM totals
    UNION ALL
    SELECT
        customer_id,
        CASE
            WHEN $grain = 'event' THEN effective_at
            WHEN $grain = 'month' THEN DATE_TRUNC('month', effective_at)
            ELSE DATE_TRUNC('day', effective_at)
        END AS bucket,
        effective_at,
        NULL AS delta,
        NULL AS after,
        after_native > 0 AS is_positive,
        SUM(held_delta) OVER (PARTITION BY customer_id, currency ORDER BY effective_at) AS held,
        paused
    FROM balances
    WHERE ($zero_mrr = 'contraction' OR $reactivation_ends) AND customer_id NOT IN (SELECT customer_id FROM several)
),
marked AS (
    SELECT
        levels.*,
        LEAD(effective_at) OVER history AS until,
        MAX(CASE WHEN is_positive THEN effective_at END) OVER history AS paid_at,
        MAX(CASE WHEN NOT is_positive AND ($zero_mrr = 'churn' OR held <= 0) THEN effective_at END) OVER history AS left_at
    FROM levels
    WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
),
judged AS (
    SELECT marked.*, paid_at IS NOT NULL AND (left_at IS NULL OR left_at < paid_at) AS paying FROM marked
)
SELECT
    customer_id,
    bucket,
    effective_at,
    until,
    delta,
    after,
    paused,
    paying,
    COALESCE(LAG(paying) OVER history, FALSE) AS paying_before,
    LAG(paid_at) OVER history IS NOT NULL AS paid_before,
    MAX(CASE WHEN paying THEN until END) OVER (
        PARTITION BY customer_id ORDER BY effective_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS idle_since
FROM judged
WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
