-- Attempts of the period to collect a payment that failed.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(payments.payment_id) AS value
FROM period
LEFT JOIN payments
    ON
        NOT payments.succeeded
        AND payments.attempted_at >= period.starts
        AND payments.attempted_at < period.ends
GROUP BY period.period
