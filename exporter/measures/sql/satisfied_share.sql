-- The share of the satisfaction scores given in the period that are 4 or 5 of 5.
-- unit: ratio
-- nature: whole
SELECT period.period, CAST(COUNT_IF(surveys.score >= 4) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM period
JOIN surveys
    ON
        surveys.kind = 'csat' AND surveys.score IS NOT NULL
        AND surveys.responded_at >= period.starts AND surveys.responded_at < period.ends
GROUP BY period.period
