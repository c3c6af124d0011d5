-- What each subscription item pays per month while it holds. A year is 12 months, 52 weeks or 365 days.
SELECT
    items.customer_id,
    items.subscription_id,
    items.asset_id,
    items.starts_at,
    items.ends_at,
    CAST(
        items.unit_amount * items.quantity
        * CASE items.billing_interval WHEN 'day' THEN 365 WHEN 'week' THEN 52 WHEN 'month' THEN 12 ELSE 1 END
        / (12 * items.interval_count)
        AS DECIMAL(38, 10)
    ) AS monthly
FROM subscription_items AS items
