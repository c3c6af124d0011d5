-- The mean time from the start of the impact to its detection, of incidents detected in the period.
-- Incidents whose start is not known are left out.
-- unit: duration
-- nature: whole
-- by: priority
SELECT
    period.period,
    incidents.priority,
    AVG(CAST(EPOCH(incidents.triggered_at) - EPOCH(incidents.started_at) AS DECIMAL(18, 6)))
        AS value
FROM period
JOIN incidents ON incidents.triggered_at >= period.starts AND incidents.triggered_at < period.ends
WHERE incidents.started_at IS NOT NULL
GROUP BY GROUPING SETS ((period.period), (period.period, incidents.priority))
