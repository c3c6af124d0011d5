-- How a customer stands from each of its changes on, and just before it, where its balances do not
-- say so by themselves: those who change more than once within a bucket, who pause, who pay in
-- several currencies, and all where the policy looks back. What it pays is that of the instant;
-- whether it is still a customer though it pays nothing is told as movements are, from how each
-- bucket before ended: who paid goes on as one while it pauses, or for as long as the policy lets
-- it, and then is idle.
WITH foreign_payers AS (
    SELECT DISTINCT customer_id FROM balances
    WHERE currency <> $currency
),

chosen AS (
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

own AS (
    SELECT balances.*
    FROM balances
    JOIN chosen ON chosen.customer_id = balances.customer_id
),

instants_of_all AS (
    SELECT customer_id, bucket, effective_at FROM own
    GROUP BY customer_id, bucket, effective_at
),

currencies AS (
    SELECT DISTINCT customer_id, currency FROM own
),

filled AS (
    SELECT
        instants_of_all.customer_id,
        instants_of_all.bucket,
        instants_of_all.effective_at,
        currencies.currency,
        SUM(COALESCE(own.delta_native, 0)) OVER (history ROWS UNBOUNDED PRECEDING) AS after_native,
        SUM(COALESCE(own.held_delta, 0)) OVER (history ROWS UNBOUNDED PRECEDING) AS held,
        SUM(COALESCE(own.paused_delta, 0)) OVER (history ROWS UNBOUNDED PRECEDING) AS paused
    FROM instants_of_all
    JOIN currencies ON currencies.customer_id = instants_of_all.customer_id
    LEFT JOIN own
        ON
            own.customer_id = instants_of_all.customer_id
            AND own.effective_at = instants_of_all.effective_at
            AND own.currency = currencies.currency
    WINDOW history AS (
        PARTITION BY instants_of_all.customer_id, currencies.currency
        ORDER BY instants_of_all.effective_at
    )
),

levels AS (
    SELECT
        filled.customer_id,
        filled.bucket,
        filled.effective_at,
        SUM(IN_REPORTING_CURRENCY(filled.after_native, rates.rate)) AS after,
        SUM(filled.held) AS held,
        SUM(filled.paused) AS paused
    FROM filled
    LEFT JOIN exchange_rates AS rates
        ON rates.currency = filled.currency AND rates.rate_on = CAST(filled.effective_at AS DATE)
    GROUP BY filled.customer_id, filled.bucket, filled.effective_at
),

placed AS (
    SELECT
        levels.*,
        after > 0 AS pays,
        COALESCE(paused > 0 OR ($zero_mrr = 'contraction' AND held > 0), FALSE) AS stays,
        LEAD(effective_at) OVER history AS until,
        COALESCE(LEAD(bucket) OVER history <> bucket, TRUE) AS ends_bucket
    FROM levels
    WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
),

marked AS (
    SELECT
        placed.*,
        MAX(CASE WHEN ends_bucket THEN effective_at END)
            OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS ended_at,
        MAX(CASE WHEN ends_bucket AND pays THEN effective_at END)
            OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS paid_at,
        MAX(CASE WHEN ends_bucket AND NOT pays AND NOT stays THEN effective_at END)
            OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS left_at
    FROM placed
    WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
),

judged AS (
    SELECT
        marked.*,
        pays
        OR (stays AND paid_at IS NOT NULL AND (left_at IS NULL OR left_at < paid_at))
            AS is_customer,
        paid_at IS NOT NULL AND (
            paid_at = ended_at
            OR ($zero_mrr = 'contraction' AND (left_at IS NULL OR left_at < paid_at))
        ) AS was_paying
    FROM marked
),

stated AS (
    SELECT
        judged.*,
        CASE WHEN $zero_mrr = 'contraction' THEN is_customer ELSE pays END AS paying,
        is_customer AND NOT pays AND paused > 0 AS on_hold
    FROM judged
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
FROM stated
WINDOW history AS (PARTITION BY customer_id ORDER BY effective_at)
