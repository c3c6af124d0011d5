-- Trials that began in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(trials.trial_id) AS value
FROM period
LEFT JOIN trials ON trials.started_at >= period.starts AND trials.started_at < period.ends
GROUP BY period.period
