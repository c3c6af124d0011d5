-- Per period, the customers who pay at its end.
SELECT period.period, period.ends, rates.customer_id
FROM period
JOIN run_rates AS rates
    ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)
GROUP BY period.period, period.ends, rates.customer_id
HAVING SUM(rates.monthly) > 0
