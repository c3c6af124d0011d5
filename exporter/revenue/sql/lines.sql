-- What each row of subscription_items counts per month under the policy: its charges, and as much
-- of a price below 0 as the policy allows.
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
    quantity,
    starts_at,
    ends_at,
    cancel_requested_at,
    pays,
    listed,
    CASE WHEN $credit_lines = 'exclude' THEN GREATEST(monthly, 0) ELSE monthly END AS monthly,
    recorded_at
FROM charges
WHERE monthly >= 0 OR $credit_lines <> 'offset'
UNION ALL
SELECT
    charges.source,
    charges.customer_id,
    charges.subscription_id,
    charges.item_id,
    charges.line_id,
    charges.product,
    charges.plan,
    charges.asset_id,
    charges.currency,
    charges.status,
    charges.quantity,
    credits.starts_at,
    credits.ends_at,
    charges.cancel_requested_at,
    charges.pays,
    charges.listed,
    credits.monthly,
    charges.recorded_at
FROM credits
JOIN charges
    ON
        charges.source = credits.source
        AND charges.item_id = credits.item_id
        AND charges.starts_at <= credits.starts_at
        AND (charges.ends_at IS NULL OR charges.ends_at > credits.starts_at)
WHERE charges.monthly < 0 AND $credit_lines = 'offset'
