-- The median time from the request to readiness, of basic setups that got ready in the period.
-- unit: duration
-- nature: whole
SELECT
    period.period,
    MEDIAN(CAST(EPOCH(jobs.ready_at) - EPOCH(jobs.requested_at) AS DECIMAL(18, 6))) AS value
FROM period
JOIN provisioning_jobs AS jobs
    ON jobs.setup = 'basic' AND jobs.ready_at >= period.starts AND jobs.ready_at < period.ends
GROUP BY period.period
