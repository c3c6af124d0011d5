-- Messages waiting in all queues, by the last sample of each server in the day up to the end of the
-- period.
-- unit: count
-- nature: stock
WITH latest AS (
    SELECT
        period.period,
        samples.source,
        samples.server_id,
        ARG_MAX(samples.messages, samples.sampled_at) AS messages
    FROM period
    JOIN queue_samples AS samples
        ON samples.sampled_at <= period.ends AND samples.sampled_at > period.ends - INTERVAL 1 DAY
    GROUP BY ALL
)

SELECT period, SUM(messages) AS value
FROM latest
GROUP BY period
