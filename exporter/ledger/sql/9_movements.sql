-- Each change with its kind, by whether the customer paid before and pays after it, and with its reason. `fx` is what
-- moves from one currency to another at no change of value. A change of state alone, such as the end of a pause, has
-- no kind.
WITH valued AS (
    SELECT
        balances.*,
        CASE
            WHEN $grain = 'event' THEN effective_at
            WHEN $grain = 'month' THEN DATE_TRUNC('month', effective_at)
            ELSE DATE_TRUNC('day', effective_at)
        END AS bucket
    FROM balances
),
seen AS (
    SELECT
        valued.customer_id,
        valued.currency,
        valued.bucket,
        valued.effective_at,
        valued.until,
        CASE WHEN standings.customer_id IS NULL THEN valued.until ELSE standings.until END AS stands_until,
        valued.known_at,
        valued.delta_native,
        valued.after_native,
        CASE WHEN valued.currency = $currency THEN valued.delta_native ELSE CAST(CAST(valued.delta_native AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16)) END AS delta,
        CASE WHEN valued.currency = $currency THEN valued.after_native ELSE CAST(CAST(valued.after_native AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16)) END AS own_after,
        standings.delta AS delta_of_all,
        standings.after AS after_all,
        COALESCE(standings.delta, valued.delta_native) AS moved,
        COALESCE(standings.after, valued.after_native) AS level,
        COALESCE(standings.paying_before, valued.after_native - valued.delta_native > 0) AS paying_before,
        COALESCE(standings.paying, valued.after_native > 0) AS paying,
        COALESCE(standings.paid_before, valued.rose_before) AS paid_before,
        standings.idle_since,
        COALESCE(standings.paused, valued.paused) AS paused,
        valued.evidence
    FROM valued
    LEFT JOIN standings
        ON standings.customer_id = valued.customer_id AND standings.bucket = valued.bucket
    LEFT JOIN exchange_rates AS rates
        ON rates.currency = valued.currency
        AND rates.rate_on = CAST(COALESCE(standings.effective_at, valued.effective_at) AS DATE)
),
kinds AS (
    SELECT
        seen.*,
        COALESCE(after_all, own_after) AS after,
        COALESCE(after_all - delta_of_all, own_after - delta) AS before,
        CASE
            WHEN delta_native = 0 THEN NULL
            WHEN moved = 0 THEN 'fx'
            WHEN level > 0 AND NOT paying_before AND (
                NOT paid_before OR ($reactivation_ends AND effective_at > idle_since + $reactivation_days * INTERVAL '1' DAY)
            ) THEN 'new'
            WHEN level > 0 AND NOT paying_before THEN 'reactivation'
            WHEN paying_before AND NOT paying THEN 'churn'
            WHEN moved > 0 THEN 'expansion'
            ELSE 'contraction'
        END AS kind
    FROM seen
)
SELECT
    customer_id,
    currency,
    CAST(effective_at AS DATE) AS business_date,
    bucket,
    effective_at,
    until,
    known_at,
    kind,
    CASE
        WHEN kind IS NULL THEN NULL
        WHEN kind = 'fx' THEN 'migration'
        WHEN kind IN ('new', 'reactivation', 'expansion') AND (evidence & 16) > 0 THEN 'resume'
        WHEN kind IN ('new', 'reactivation', 'expansion') AND (evidence & 1) > 0 THEN 'trial_conversion'
        WHEN kind IN ('churn', 'contraction') AND (evidence & 8) > 0 THEN 'pause'
        WHEN kind = 'churn' AND (evidence & 6) > 0 THEN 'involuntary'
        WHEN kind = 'contraction' AND ((evidence & 4) > 0 OR (evidence & 1026) = 2) THEN 'involuntary'
        WHEN kind = 'churn' THEN 'voluntary'
        WHEN kind IN ('new', 'reactivation') OR (evidence & 512) > 0 OR (evidence & 96) < 96 THEN 'plan'
        WHEN (evidence & 128) = 0 AND moved < 0 THEN 'discount_start'
        WHEN (evidence & 128) = 0 THEN 'discount_end'
        WHEN (evidence & 256) > 0 THEN 'quantity'
        ELSE 'price'
    END AS reason,
    delta,
    before,
    after,
    delta_native,
    after_native,
    paying,
    paused > 0 AND level <= 0 AS on_hold,
    stands_until
FROM kinds
