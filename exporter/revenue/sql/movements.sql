-- The movements of each customer in each currency within each period, netted within the policy's
-- grain over the part of a bucket that lies in the period. Its kind follows from the customer's
-- states before and after it, its reason from what changed. `fx` is what moves from one currency to
-- another without a change of value. A customer that had stopped paying, such as in a pause, and
-- then leaves is churn of no amount. Other changes of state alone have no kind.
WITH slices AS (
    SELECT
        period.period,
        customer_states.customer_id,
        customer_states.bucket,
        MIN(customer_states.effective_at) AS first_at,
        MAX(customer_states.effective_at) AS last_at
    FROM period
    JOIN
        customer_states
        ON
            customer_states.effective_at >= period.starts
            AND customer_states.effective_at < period.ends
    GROUP BY period.period, customer_states.customer_id, customer_states.bucket
),

net_changes AS (
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
            WHEN
                balances.until IS NULL OR balances.until > slices.last_at
                THEN balances.after_native
        END) AS after_native,
        BIT_OR(balances.change_flags)
        + CASE WHEN SUM(balances.listed_delta) <> 0 THEN $list_price_changed ELSE 0 END
        + CASE WHEN SUM(balances.quantity_delta) <> 0 THEN $quantity_changed ELSE 0 END
        + CASE
            WHEN MIN(balances.first_plan) <> MAX(balances.last_plan) THEN $plan_changed ELSE 0
        END
            AS change_flags
    FROM slices
    JOIN balances
        ON
            balances.customer_id = slices.customer_id
            AND balances.bucket = slices.bucket
            AND balances.effective_at >= slices.first_at
            AND balances.effective_at <= slices.last_at
    GROUP BY
        slices.period,
        balances.customer_id,
        balances.currency,
        slices.bucket,
        slices.first_at,
        slices.last_at
    HAVING
        SUM(balances.delta_native) <> 0
        OR SUM(balances.held_delta) <> 0
        OR SUM(balances.paused_delta) <> 0
),

converted_changes AS (
    SELECT
        net_changes.*,
        IN_REPORTING_CURRENCY(net_changes.delta_native, rates.rate) AS delta
    FROM net_changes
    LEFT JOIN exchange_rates AS rates
        ON
            rates.currency = net_changes.currency
            AND rates.rate_on = CAST(net_changes.last_at AS DATE)
),

bucket_changes AS (
    SELECT converted_changes.*, SUM(delta) OVER (PARTITION BY period, customer_id, bucket) AS moved
    FROM converted_changes
),

single_changes AS (
    SELECT
        period.period,
        balances.*,
        IN_REPORTING_CURRENCY(balances.delta_native, rates.rate) AS delta,
        IN_REPORTING_CURRENCY(balances.after_native, rates.rate) AS after
    FROM period
    JOIN balances ON balances.effective_at >= period.starts AND balances.effective_at < period.ends
    LEFT JOIN customer_states
        ON
            customer_states.customer_id = balances.customer_id
            AND customer_states.effective_at = balances.effective_at
    LEFT JOIN exchange_rates AS rates
        ON
            rates.currency = balances.currency
            AND rates.rate_on = CAST(balances.effective_at AS DATE)
    WHERE customer_states.customer_id IS NULL
),

all_changes AS (
    SELECT
        bucket_changes.period,
        bucket_changes.customer_id,
        bucket_changes.currency,
        bucket_changes.bucket,
        bucket_changes.effective_at,
        bucket_changes.known_at,
        bucket_changes.delta_native,
        bucket_changes.after_native,
        bucket_changes.delta,
        bucket_changes.moved,
        closed.after,
        bucket_changes.change_flags,
        opened.paying_before,
        opened.was_customer,
        opened.on_hold_before,
        opened.paid_before AND NOT closed.is_late AS returns,
        closed.pays,
        closed.paying,
        closed.is_customer,
        closed.on_hold
    FROM bucket_changes
    JOIN
        customer_states AS opened
        ON
            opened.customer_id = bucket_changes.customer_id
            AND opened.effective_at = bucket_changes.first_at
    JOIN
        customer_states AS closed
        ON
            closed.customer_id = bucket_changes.customer_id
            AND closed.effective_at = bucket_changes.last_at
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
        change_flags,
        after_native > delta_native AS paying_before,
        after_native > delta_native AS was_customer,
        FALSE AS on_hold_before,
        rose_before AS returns,
        after_native > 0 AS pays,
        after_native > 0 AS paying,
        after_native > 0 AS is_customer,
        FALSE AS on_hold
    FROM single_changes
),

kinds AS (
    SELECT
        all_changes.*,
        CASE
            WHEN (was_customer AND NOT is_customer) OR (paying_before AND NOT paying) THEN 'churn'
            WHEN delta_native = 0 THEN NULL
            WHEN moved = 0 THEN 'fx'
            WHEN pays AND NOT paying_before AND NOT returns THEN 'new'
            WHEN pays AND NOT paying_before THEN 'reactivation'
            WHEN moved > 0 THEN 'expansion'
            ELSE 'contraction'
        END AS kind,
        (change_flags & $trial_ended) > 0 AS trial_ended,
        (change_flags & $past_due_ended) > 0 AS past_due_ended,
        (change_flags & $unpaid_began) > 0 AS unpaid_began,
        (change_flags & $pause_began) > 0 AS pause_began,
        (change_flags & $pause_ended) > 0 AS pause_ended,
        (change_flags & $line_began) > 0 AS line_began,
        (change_flags & $line_ended) > 0 AS line_ended,
        (change_flags & $paying_line_began) > 0 AS paying_line_began,
        (change_flags & $list_price_changed) > 0 AS list_price_changed,
        (change_flags & $quantity_changed) > 0 AS quantity_changed,
        (change_flags & $plan_changed) > 0 AS plan_changed
    FROM all_changes
)

SELECT
    period,
    customer_id,
    currency,
    CAST(effective_at AS DATE) AS business_date,
    bucket,
    effective_at,
    LEAD(effective_at)
        OVER (PARTITION BY period, customer_id, currency ORDER BY effective_at)
        AS until,
    known_at,
    kind,
    CASE
        WHEN kind IS NULL THEN NULL
        WHEN kind = 'fx' THEN 'migration'
        WHEN kind = 'reactivation' AND on_hold_before THEN 'resume'
        WHEN kind IN ('new', 'expansion') AND pause_ended THEN 'resume'
        WHEN kind IN ('new', 'reactivation', 'expansion') AND trial_ended THEN 'trial_conversion'
        WHEN kind = 'churn' AND is_customer THEN 'pause'
        WHEN kind = 'contraction' AND pause_began THEN 'pause'
        WHEN kind = 'churn' AND (past_due_ended OR unpaid_began) THEN 'involuntary'
        WHEN
            kind = 'contraction' AND (unpaid_began OR (past_due_ended AND NOT paying_line_began))
            THEN 'involuntary'
        WHEN kind = 'churn' THEN 'voluntary'
        WHEN
            kind IN ('new', 'reactivation') OR plan_changed OR NOT (line_began AND line_ended)
            THEN 'plan'
        WHEN NOT list_price_changed AND moved < 0 THEN 'discount_start'
        WHEN NOT list_price_changed THEN 'discount_end'
        WHEN quantity_changed THEN 'quantity'
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
