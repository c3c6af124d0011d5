-- The mean of the satisfaction scores given in the period, on a scale of 1 to 5.
-- unit: score 1..5
-- nature: whole
SELECT period.period, AVG(surveys.score) AS value
FROM period
JOIN surveys
    ON
        surveys.kind = 'csat' AND surveys.score IS NOT NULL
        AND surveys.responded_at >= period.starts AND surveys.responded_at < period.ends
GROUP BY period.period
