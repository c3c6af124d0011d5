-- Each row of subscription_items with each of its discounts that count. An amount off in another
-- currency is converted at the rates of the day on which the discount begins.
SELECT
    items.source,
    items.item_id,
    items.starts_at AS item_starts_at,
    discounts.starts_at,
    COALESCE(
        discounts.ends_at,
        CASE WHEN discounts.duration = 'once' THEN discounts.starts_at + INTERVAL '1' MONTH END
    ) AS ends_at,
    COALESCE(discounts.percent_off, 0) AS percent_off,
    CASE
        WHEN discounts.amount_off IS NULL THEN 0
        WHEN discounts.currency = items.currency THEN discounts.amount_off
        ELSE CAST(
            discounts.amount_off
            * CASE WHEN discounts.currency = $currency THEN 1 ELSE theirs.rate END
            / CASE WHEN items.currency = $currency THEN 1 ELSE ours.rate END
            AS DECIMAL(28, 8)
        )
    END AS amount_off
FROM counted_discounts AS discounts
JOIN subscription_items AS items
    ON
        items.subscription_id = discounts.subscription_id
        AND items.customer_id = discounts.customer_id
        AND COALESCE(items.line_id, items.item_id)
        = COALESCE(discounts.line_id, items.line_id, items.item_id)
LEFT JOIN exchange_rates AS theirs
    ON theirs.currency = discounts.currency AND theirs.rate_on = CAST(discounts.starts_at AS DATE)
LEFT JOIN exchange_rates AS ours
    ON ours.currency = items.currency AND ours.rate_on = CAST(discounts.starts_at AS DATE)
