-- Per customer, when it first paid anything, all its items taken together, and the month of that.
SELECT
    customer_id,
    MIN(effective_at) AS first_paid_at,
    STRFTIME(CAST(MIN(effective_at) AS DATE), '%Y-%m') AS vintage
FROM balances
WHERE after_native > 0
GROUP BY customer_id
