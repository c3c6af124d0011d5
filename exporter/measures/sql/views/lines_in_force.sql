-- Per period, the lines in force at its end, with what each pays per month in the reporting
-- currency. A line that ends at the close still counts in it: its end belongs to the period that
-- follows.
-- materialized: true
SELECT
    period.period,
    period.ends,
    lines.customer_id,
    lines.subscription_id,
    lines.asset_id,
    lines.plan,
    lines.status,
    lines.cancel_requested_at,
    CASE
        WHEN period_fx_rates.currency IS NULL THEN lines.monthly
        ELSE
            CAST(
                CAST(lines.monthly AS DECIMAL(26, 10)) * period_fx_rates.closing AS DECIMAL(38, 16)
            )
    END AS monthly
FROM period
JOIN
    lines
    ON lines.starts_at < period.ends AND (lines.ends_at IS NULL OR lines.ends_at >= period.ends)
LEFT JOIN
    period_fx_rates
    ON period_fx_rates.period = period.period AND period_fx_rates.currency = lines.currency
