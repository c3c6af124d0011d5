-- Each row of subscription_items that the ledger counts, with its terms: the end of its contract,
-- the instant up to which it pays, how many units of its amount make one of its currency, and the
-- factor of a month as a fraction. The end of a cancelled contract is that of the paid period. A
-- contract whose first payment is outstanding, or never came, has not begun.
SELECT
    items.source,
    items.customer_id,
    items.subscription_id,
    items.item_id,
    COALESCE(items.line_id, items.item_id) AS line_id,
    items.product,
    items.plan,
    items.asset_id,
    items.currency,
    items.status,
    items.quantity,
    items.unit_amount,
    CASE
        WHEN items.amount_in = 'major' OR POSITION(items.currency IN $no_decimals) > 0 THEN 1
        WHEN POSITION(items.currency IN $three_decimals) > 0 THEN 1000
        WHEN POSITION(items.currency IN $four_decimals) > 0 THEN 10000
        ELSE 100
    END AS per_unit,
    CASE items.billing_interval
        WHEN 'day' THEN $day_numerator WHEN 'week' THEN $week_numerator ELSE 1
    END
    * CASE
        WHEN $tax = 'exclude' AND items.tax_inclusive THEN 1000000
        WHEN
            $tax = 'include' AND NOT items.tax_inclusive
            THEN CAST(10000 * (100 + items.tax_rate) AS BIGINT)
        ELSE 1
    END AS numerator,
    items.interval_count
    * CASE items.billing_interval
        WHEN 'day' THEN $day_denominator
        WHEN 'week' THEN $week_denominator
        WHEN 'month' THEN 1
        ELSE 12
    END
    * CASE
        WHEN
            $tax = 'exclude' AND items.tax_inclusive
            THEN CAST(10000 * (100 + items.tax_rate) AS BIGINT)
        WHEN $tax = 'include' AND NOT items.tax_inclusive THEN 1000000
        ELSE 1
    END AS denominator,
    items.starts_at,
    items.ends_at,
    CASE
        WHEN
            items.status = 'active'
            THEN
                CASE
                    WHEN items.metered AND $usage = 'exclude' THEN items.starts_at ELSE
                        items.ends_at
                END
        WHEN items.metered AND $usage = 'exclude' THEN items.starts_at
        WHEN items.status = 'past_due' AND $dunning_ends
            THEN
                LEAST(
                    items.ends_at,
                    GREATEST(
                        items.starts_at, dunning_starts.since + $dunning_days * INTERVAL '1' DAY
                    )
                )
        WHEN items.status = 'past_due' THEN items.ends_at
        WHEN items.status = 'paused' AND $paused = 'keep' THEN items.ends_at
        WHEN
            items.status = 'paused'
            THEN
                GREATEST(
                    items.starts_at,
                    LEAST(items.ends_at, COALESCE(items.paid_through, items.starts_at))
                )
        WHEN items.status = 'trialing' AND $trial = 'include' THEN items.ends_at
        ELSE items.starts_at
    END AS pays_until,
    items.cancel_requested_at,
    items.recorded_at
FROM (
    SELECT
        source,
        customer_id,
        subscription_id,
        item_id,
        line_id,
        product,
        plan,
        asset_id,
        currency,
        status,
        metered,
        quantity,
        unit_amount,
        amount_in,
        tax_rate,
        tax_inclusive,
        billing_interval,
        interval_count,
        starts_at,
        paid_through,
        cancel_requested_at,
        recorded_at,
        CASE
            WHEN cancel_requested_at IS NULL THEN ends_at
            WHEN
                $churn_at = 'cancel_request'
                THEN GREATEST(starts_at, LEAST(ends_at, cancel_requested_at))
            WHEN ends_at IS NULL AND paid_through IS NOT NULL THEN GREATEST(starts_at, paid_through)
            ELSE ends_at
        END AS ends_at
    FROM subscription_items
    WHERE status NOT IN ('incomplete', 'incomplete_expired')
) AS items
LEFT JOIN dunning_starts
    ON dunning_starts.source = items.source AND dunning_starts.item_id = items.item_id
LEFT JOIN unrated_items
    ON unrated_items.source = items.source AND unrated_items.item_id = items.item_id
WHERE unrated_items.item_id IS NULL
