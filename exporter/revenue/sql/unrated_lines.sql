-- Lines that cannot be converted to the reporting currency: a row begins before its currency has an
-- exchange rate, or has a discount that cannot be converted. `currency` lacks a rate, and
-- `needed_on` is the first day that needs it.
WITH first_rates AS (
    SELECT currency, CAST(MIN(rate_on) AS TIMESTAMPTZ) AS since
    FROM exchange_rates
    GROUP BY currency
),

-- Nearly always there is none, and then no row has to be looked at.
currencies AS (
    SELECT items.currency
    FROM subscription_items AS items
    LEFT JOIN first_rates ON first_rates.currency = items.currency
    WHERE
        items.currency <> $currency
        AND (first_rates.since IS NULL OR items.starts_at < first_rates.since)
    GROUP BY items.currency
),

converted_discounts AS (
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

required_rates AS (
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
    FROM converted_discounts
    WHERE discount_currency <> $currency
    UNION ALL
    SELECT source, customer_id, subscription_id, line_id, item_currency, needed_at
    FROM converted_discounts
    WHERE item_currency <> $currency
)

SELECT
    required_rates.source,
    required_rates.customer_id,
    required_rates.subscription_id,
    required_rates.line_id,
    MIN(required_rates.currency) AS currency,
    CAST(MIN(required_rates.needed_at) AS DATE) AS needed_on
FROM required_rates
LEFT JOIN first_rates ON first_rates.currency = required_rates.currency
WHERE first_rates.since IS NULL OR required_rates.needed_at < first_rates.since
GROUP BY
    required_rates.source,
    required_rates.customer_id,
    required_rates.subscription_id,
    required_rates.line_id
