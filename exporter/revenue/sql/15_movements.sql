-- Per period, what each customer came to pay more or less in each currency, netted within the policy's grain over what
-- of a bucket lies in the period; with its kind, by how the customer stood before and stands after it, and its reason.
-- `fx` is what moves from one currency to another at no change of value. Who had stopped to pay and stayed a customer,
-- such as in a pause, and then leaves, is churn of no amount. Another change of state alone has no kind.
WITH slices AS (
    SELECT
        period.period,
        standings.customer_id,
        standings.bucket,
        MIN(standings.effective_at) AS first_at,
        MAX(standings.effective_at) AS last_at
    FROM period
    JOIN standings ON standings.effective_at >= period.starts AND standings.effective_at < period.ends
    GROUP BY period.period, standings.customer_id, standings.bucket
),
netted AS (
    SELECT
        slices.period,
        balances.customer_id,
        balances.currency,
        slices.bucket,
        slices.first_at,
        slices.last_at,
        MAX(balances.effective_at) AS effective_at,
        MAX(balances.known_at) AS known_at,
        SUM(balances.delta_native) AS delta_native,
        SUM(CASE
            WHEN balances.until IS NULL OR balances.until > slices.last_at THEN balances.after_native
        END) AS after_native,
        BIT_OR(balances.evidence)
            + CASE WHEN SUM(balances.listed_delta) <> 0 THEN 128 ELSE 0 END
            + CASE WHEN SUM(balances.quantity_delta) <> 0 THEN 256 ELSE 0 END
            + CASE WHEN MIN(balances.first_plan) <> MAX(balances.last_plan) THEN 512 ELSE 0 END AS evidence
    FROM slices
    JOIN balances
        ON balances.customer_id = slices.customer_id
        AND balances.bucket = slices.bucket
        AND balances.effective_at >= slices.first_at
        AND balances.effective_at <= slices.last_at
    GROUP BY
        slices.period, balances.customer_id, balances.currency, slices.bucket, slices.first_at, slices.last_at
    HAVING SUM(balances.delta_native) <> 0 OR SUM(balances.held_delta) <> 0 OR SUM(balances.paused_delta) <> 0
),
valued AS (
    SELECT
        netted.*,
        CASE
            WHEN rates.rate IS NULL THEN netted.delta_native
            ELSE CAST(CAST(netted.delta_native AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16))
        END AS delta
    FROM netted
    LEFT JOIN exchange_rates AS rates
        ON rates.currency = netted.currency AND rates.rate_on = CAST(netted.last_at AS DATE)
),
summed AS (
    SELECT valued.*, SUM(delta) OVER (PARTITION BY period, customer_id, bucket) AS moved FROM valued
),
alone AS (
    SELECT
        period.period,
        balances.*,
        CASE
            WHEN rates.rate IS NULL THEN balances.delta_native
            ELSE CAST(CAST(balances.delta_native AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16))
        END AS delta,
        CASE
            WHEN rates.rate IS NULL THEN balances.after_native
            ELSE CAST(CAST(balances.after_native AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16))
        END AS after
    FROM period
    JOIN balances ON balances.effective_at >= period.starts AND balances.effective_at < period.ends
    LEFT JOIN standings
        ON standings.customer_id = balances.customer_id AND standings.effective_at = balances.effective_at
    LEFT JOIN exchange_rates AS rates
        ON rates.currency = balances.currency AND rates.rate_on = CAST(balances.effective_at AS DATE)
    WHERE standings.customer_id IS NULL
),
seen AS (
    SELECT
        summed.period,
        summed.customer_id,
        summed.currency,
        summed.bucket,
        summed.effective_at,
        summed.known_at,
        summed.delta_native,
        summed.after_native,
        summed.delta,
        summed.moved,
        closed.after,
        summed.evidence,
        opened.paying_before,
        opened.was_customer,
        opened.on_hold_before,
        opened.paid_before AND NOT closed.is_late AS returns,
        closed.pays,
        closed.paying,
        closed.is_customer,
        closed.on_hold
    FROM summed
    JOIN standings AS opened ON opened.customer_id = summed.customer_id AND opened.effective_at = summed.first_at
    JOIN standings AS closed ON closed.customer_id = summed.customer_id AND closed.effective_at = summed.last_at
    UNION ALL
    SELECT
        period,
        customer_id,
        currency,
        bucket,
        effective_at,
        known_at,
        delta_native,
        after_native,
        delta,
        delta AS moved,
        after,
        evidence,
        after_native > delta_native AS paying_before,
        after_native > delta_native AS was_customer,
        FALSE AS on_hold_before,
        rose_before AS returns,
        after_native > 0 AS pays,
        after_native > 0 AS paying,
        after_native > 0 AS is_customer,
        FALSE AS on_hold
    FROM alone
),
kinds AS (
    SELECT
        seen.*,
        CASE
            WHEN (was_customer AND NOT is_customer) OR (paying_before AND NOT paying) THEN 'churn'
            WHEN delta_native = 0 THEN NULL
            WHEN moved = 0 THEN 'fx'
            WHEN pays AND NOT paying_before AND NOT returns THEN 'new'
            WHEN pays AND NOT paying_before THEN 'reactivation'
            WHEN moved > 0 THEN 'expansion'
            ELSE 'contraction'
        END AS kind
    FROM seen
)
SELECT
    period,
    customer_id,
    currency,
    CAST(effective_at AS DATE) AS business_date,
    bucket,
    effective_at,
    LEAD(effective_at) OVER (PARTITION BY period, customer_id, currency ORDER BY effective_at) AS until,
    known_at,
    kind,
    CASE
        WHEN kind IS NULL THEN NULL
        WHEN kind = 'fx' THEN 'migration'
        WHEN kind = 'reactivation' AND on_hold_before THEN 'resume'
        WHEN kind IN ('new', 'expansion') AND (evidence & 16) > 0 THEN 'resume'
        WHEN kind IN ('new', 'reactivation', 'expansion') AND (evidence & 1) > 0 THEN 'trial_conversion'
        WHEN kind = 'churn' AND is_customer THEN 'pause'
        WHEN kind = 'contraction' AND (evidence & 8) > 0 THEN 'pause'
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
    after - moved AS before,
    after,
    delta_native,
    after_native,
    paying,
    on_hold
FROM kinds
