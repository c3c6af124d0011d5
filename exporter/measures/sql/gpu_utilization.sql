-- The share of the GPUs of all models that was in use, over all samples of the period.
-- unit: ratio
-- nature: whole
SELECT period.period, SUM(samples.used) / SUM(samples.capacity) AS value
FROM period
JOIN resource_samples AS samples
    ON
        samples.resource LIKE 'gpu\_%' ESCAPE '\'
        AND samples.sampled_at >= period.starts AND samples.sampled_at < period.ends
GROUP BY period.period
