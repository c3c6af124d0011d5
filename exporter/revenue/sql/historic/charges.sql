-- The charges in the reporting currency, each at the rate of the day on which its line first paid.
-- It keeps this rate for ever, so exchange rates move nothing.
SELECT
    native.source,
    native.customer_id,
    native.subscription_id,
    native.item_id,
    native.line_id,
    native.product,
    native.plan,
    native.asset_id,
    $currency AS currency,
    native.status,
    native.quantity,
    native.starts_at,
    native.ends_at,
    native.cancel_requested_at,
    native.pays,
    CASE
        WHEN native.currency = $currency OR NOT native.pays THEN native.listed
        ELSE CAST(CAST(native.listed AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16))
    END AS listed,
    CASE
        WHEN native.currency = $currency OR NOT native.pays THEN native.monthly
        ELSE CAST(CAST(native.monthly AS DECIMAL(26, 8)) * rates.rate AS DECIMAL(38, 16))
    END AS monthly,
    native.recorded_at
FROM native_charges AS native
LEFT JOIN conversion_days
    ON
        conversion_days.source = native.source
        AND conversion_days.customer_id = native.customer_id
        AND conversion_days.subscription_id = native.subscription_id
        AND conversion_days.line_id = native.line_id
        AND conversion_days.currency = native.currency
LEFT JOIN exchange_rates AS rates
    ON rates.currency = native.currency AND rates.rate_on = conversion_days.began_on
