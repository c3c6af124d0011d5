-- Incidents detected in the period.
-- unit: count
-- nature: flow
-- by: priority
SELECT period.period, priorities.priority, COUNT(incidents.incident_id) AS value
FROM period
CROSS JOIN (VALUES ('P1'), ('P2'), ('P3'), ('P4'), ('P5')) AS priorities (priority)
LEFT JOIN incidents
    ON
        incidents.priority = priorities.priority
        AND incidents.triggered_at >= period.starts AND incidents.triggered_at < period.ends
GROUP BY GROUPING SETS ((period.period), (period.period, priorities.priority))
