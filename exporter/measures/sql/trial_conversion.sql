-- The share that became a paid plan of the trials that ended in the period.
-- unit: ratio
-- nature: whole
SELECT period.period, CAST(COUNT_IF(trials.converted) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM period
JOIN trials ON trials.ended_at >= period.starts AND trials.ended_at < period.ends
GROUP BY period.period
