-- The median time from kick-off to first production use, of onboardings that got there in the
-- period.
-- unit: duration
-- nature: whole
SELECT
    period.period,
    MEDIAN(
        CAST(EPOCH(onboardings.first_value_at) - EPOCH(onboardings.started_at) AS DECIMAL(18, 6))
    ) AS value
FROM period
JOIN
    onboardings
    ON onboardings.first_value_at >= period.starts AND onboardings.first_value_at < period.ends
GROUP BY period.period
