-- Subscriptions that pay at the end of the period.
-- unit: count
SELECT period.period, COUNT(DISTINCT rates.subscription_id) AS value
FROM period
LEFT JOIN run_rates AS rates
    ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends) AND rates.monthly > 0
GROUP BY period.period
