-- Per period and customer, what was paid per month at its opening and at its close.
-- An item that ends at the close still counts in it: its end belongs to the period that follows.
SELECT
    period.period,
    rates.customer_id,
    COALESCE(SUM(rates.monthly) FILTER (
        rates.starts_at < period.starts AND (rates.ends_at IS NULL OR rates.ends_at >= period.starts)), 0) AS opening,
    COALESCE(SUM(rates.monthly) FILTER (
        rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)), 0) AS closing
FROM period
JOIN run_rates AS rates
    ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.starts)
GROUP BY period.period, rates.customer_id
