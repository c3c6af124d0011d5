-- The share of SMTP servers found healthy by the last check of each in the day up to the end of the
-- period. A server that was not checked in that day is left out.
-- unit: ratio
-- nature: stock
WITH latest AS (
    SELECT
        period.period,
        checks.source,
        checks.server_id,
        ARG_MAX(checks.healthy, checks.checked_at) AS healthy
    FROM period
    JOIN health_checks AS checks
        ON
            checks.kind = 'smtp'
            AND checks.checked_at <= period.ends
            AND checks.checked_at > period.ends - INTERVAL 1 DAY
    GROUP BY ALL
)

SELECT period, CAST(COUNT(*) FILTER (healthy) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM latest
GROUP BY period
