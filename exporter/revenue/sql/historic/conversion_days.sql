-- The day on which each line of a contract in a foreign currency first paid.
SELECT
    source,
    customer_id,
    subscription_id,
    line_id,
    currency,
    CAST(MIN(starts_at) AS DATE) AS began_on
FROM native_charges
WHERE pays AND currency <> $currency
GROUP BY source, customer_id, subscription_id, line_id, currency
