-- The median time from opening a deal to winning it, of deals won in the period.
-- unit: duration
-- nature: whole
SELECT
    period.period,
    MEDIAN(CAST(EPOCH(deals.closed_at) - EPOCH(deals.created_at) AS DECIMAL(18, 6))) AS value
FROM period
JOIN deals ON deals.won AND deals.closed_at >= period.starts AND deals.closed_at < period.ends
GROUP BY period.period
