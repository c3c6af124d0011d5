-- The lines of which what they pay cannot be told in the reporting currency: a row begins before
-- its currency has an exchange rate, or has a discount that cannot be converted. `currency` is one
-- without a rate, `needed_on` the first day on which that is missing.
WITH rated AS (
    SELECT currency, CAST(MIN(rate_on) AS TIMESTAMPTZ) AS since
    FROM exchange_rates
    GROUP BY currency
),

-- Nearly always there is none, and then no row has to be looked at.
currencies AS (
    SELECT items.currency
    FROM subscription_items AS items
    LEFT JOIN rated ON rated.currency = items.currency
    WHERE items.currency <> $currency AND (rated.since IS NULL OR items.starts_at < rated.since)
    GROUP BY items.currency
),

converted AS (
    SELECT
        items.source,
        items.customer_id,
        items.subscription_id,
        COALESCE(items.line_id, items.item_id) AS line_id,
        discounts.currency AS discount_currency,
        items.currency AS item_currency,
        discounts.starts_at AS needed_at
    FROM counted_discounts AS discounts
    JOIN subscription_items AS items
        ON
            items.subscription_id = discounts.subscription_id
            AND items.customer_id = discounts.customer_id
            AND COALESCE(items.line_id, items.item_id)
            = COALESCE(discounts.line_id, items.line_id, items.item_id)
    WHERE discounts.amount_off IS NOT NULL AND discounts.currency <> items.currency
),

needed AS (
    SELECT
        items.source,
        items.customer_id,
        items.subscription_id,
        COALESCE(items.line_id, items.item_id) AS line_id,
        items.currency,
        items.starts_at AS needed_at
    FROM subscription_items AS items
    JOIN currencies ON currencies.currency = items.currency
    WHERE items.unit_amount <> 0
    UNION ALL
    SELECT source, customer_id, subscription_id, line_id, discount_currency, needed_at
    FROM converted
    WHERE discount_currency <> $currency
    UNION ALL
    SELECT source, customer_id, subscription_id, line_id, item_currency, needed_at
    FROM converted
    WHERE item_currency <> $currency
)

SELECT
    needed.source,
    needed.customer_id,
    needed.subscription_id,
    needed.line_id,
    MIN(needed.currency) AS currency,
    CAST(MIN(needed.needed_at) AS DATE) AS needed_on
FROM needed
LEFT JOIN rated ON rated.currency = needed.currency
WHERE rated.since IS NULL OR needed.needed_at < rated.since
GROUP BY needed.source, needed.customer_id, needed.subscription_id, needed.line_id
