-- The mean time from the alert to the resolution, of incidents resolved in the period.
-- So each incident counts once, also one that was detected in the period before.
-- unit: duration
-- nature: whole
-- by: priority
SELECT
    period.period,
    incidents.priority,
    AVG(CAST(EPOCH(incidents.resolved_at) - EPOCH(incidents.triggered_at) AS DECIMAL(18, 6)))
        AS value
FROM period
JOIN incidents ON incidents.resolved_at >= period.starts AND incidents.resolved_at < period.ends
GROUP BY GROUPING SETS ((period.period), (period.period, incidents.priority))
