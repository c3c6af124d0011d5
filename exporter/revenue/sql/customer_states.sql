-- The state of a customer from each of its changes on, and just before it, where its balances do
-- not show it by themselves: customers who change more than once within a bucket, who pause, or who
-- pay in several currencies, and all customers where the policy looks back. What a customer pays is
-- that of the instant. Whether one that pays nothing is still a customer follows from how each
-- earlier bucket ended: a payer stays a customer while it pauses, or as long as the policy allows,
-- and then is idle.
WITH foreign_payers AS (
    SELECT DISTINCT customer_id FROM balances
    WHERE currency <> $currency
),

selected_customers AS (
    SELECT customer_id
    FROM balances
    WHERE shares_bucket OR paused_delta <> 0 OR $zero_mrr = 'contraction' OR $reactivation_ends
    UNION
    SELECT balances.customer_id
    FROM balances
    JOIN foreign_payers ON foreign_payers.customer_id = balances.customer_id
    GROUP BY balances.customer_id
    HAVING MIN(balances.currency) <> MAX(balances.currency)
),

selected_balances AS (
    SELECT balances.*
    FROM balances
    JOIN selected_customers ON selected_customers.customer_id = balances.customer_id
),

change_instants AS (
    SELECT customer_id, bucket, effective_at FROM selected_balances
    GROUP BY customer_id, bucket, effective_at
),

currencies AS (
    SELECT DISTINCT customer_id, currency FROM selected_balances
),

balances_by_instant AS (
    SELECT
        change_instants.customer_id,
        change_instants.bucket,
        change_instants.effective_at,
        currencies.currency,
        SUM(COALESCE(selected_balances.delta_native, 0))
            OVER (history ROWS UNBOUNDED PRECEDING)
            AS after_native,
        SUM(COALESCE(selected_balances.held_delta, 0))
            OVER (history ROWS UNBOUNDED PRECEDING)
            AS held,
        SUM(COALESCE(selected_balances.paused_delta, 0))
            OVER (history ROWS UNBOUNDED PRECEDING)
            AS paused
    FROM change_instants
    JOIN currencies ON currencies.customer_id = change_instants.customer_id
    LEFT JOIN selected_balances
        ON
            selected_balances.customer_id = change_instants.customer_id
            AND selected_balances.effective_at = change_instants.effective_at
            AND selected_balances.currency = currencies.currency
    WINDOW history AS (
        PARTITION BY change_instants.customer_id, currencies.currency
        ORDER BY change_instants.effective_at
    )
),

totals_by_instant AS (
    SELECT
        balances_by_instant.customer_id,
        balances_by_instant.bucket,
        balances_by_instant.effective_at,
        SUM(IN_REPORTING_CURRENCY(balances_by_instant.after_native, rates.rate)) AS after,
        SUM(balances_by_instant.held) AS held,
        SUM(balances_by_instant.paused) AS paused
    FROM balances_by_instant
    LEFT JOIN exchange_rates AS rates
        ON
            rates.currency = balances_by_instant.currency
            AND rates.rate_on = CAST(balances_by_instant.effective_at AS DATE)
    GROUP BY
        balances_by_instant.customer_id,
        balances_by_instant.bucket,
        balances_by_instant.effective_at
),

bucket_ends AS (
    SELECT
        totals_by_instant.*,
        after > 0 AS pays,
        COALESCE(paused > 0 OR ($zero_mrr = 'contraction' AND held > 0), FALSE) AS stays,
        LEAD(effective_at) OVER history AS until,
        COALESCE(LEAD(bucket) OVER history <> bucket, TRUE) AS ends_bucket
    FROM totals_by_instant
    WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
),

last_events AS (
    SELECT
        bucket_ends.*,
        MAX(CASE WHEN ends_bucket THEN effective_at END)
            OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS ended_at,
        MAX(CASE WHEN ends_bucket AND pays THEN effective_at END)
            OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS paid_at,
        MAX(CASE WHEN ends_bucket AND NOT pays AND NOT stays THEN effective_at END)
            OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS left_at
    FROM bucket_ends
    WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
),

customer_flags AS (
    SELECT
        last_events.*,
        pays
        OR (stays AND paid_at IS NOT NULL AND (left_at IS NULL OR left_at < paid_at))
            AS is_customer,
        paid_at IS NOT NULL AND (
            paid_at = ended_at
            OR ($zero_mrr = 'contraction' AND (left_at IS NULL OR left_at < paid_at))
        ) AS was_paying
    FROM last_events
),

paying_flags AS (
    SELECT
        customer_flags.*,
        CASE WHEN $zero_mrr = 'contraction' THEN is_customer ELSE pays END AS paying,
        is_customer AND NOT pays AND paused > 0 AS on_hold
    FROM customer_flags
)

SELECT
    customer_id,
    bucket,
    effective_at,
    until,
    after,
    pays,
    paying,
    is_customer,
    on_hold,
    COALESCE(LAG(paying) OVER history, FALSE) AS paying_before,
    COALESCE(LAG(is_customer) OVER history, FALSE) AS was_customer,
    COALESCE(LAG(on_hold) OVER history, FALSE) AS on_hold_before,
    paid_at IS NOT NULL AS paid_before,
    COALESCE(
        $reactivation_ends
        AND effective_at
        > MAX(CASE WHEN ends_bucket AND was_paying AND NOT paying THEN effective_at END) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) + $reactivation_days * INTERVAL '1' DAY,
        FALSE
    ) AS is_late
FROM paying_flags
WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
