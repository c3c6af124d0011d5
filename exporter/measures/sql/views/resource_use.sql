-- Per period and resource, what was in use when it was last sampled, within a day before the
-- period's end.
-- materialized: true
SELECT
    period.period,
    samples.resource,
    ARG_MAX(samples.used, samples.sampled_at) AS used,
    ARG_MAX(samples.capacity, samples.sampled_at) AS capacity
FROM period
JOIN resource_samples AS samples
    ON samples.sampled_at <= period.ends AND samples.sampled_at > period.ends - INTERVAL 24 HOUR
GROUP BY period.period, samples.resource
