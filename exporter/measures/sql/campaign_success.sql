-- The share of campaigns due in the period that were launched. Cancelled ones do not count.
-- unit: ratio
-- nature: whole
SELECT
    period.period,
    CAST(COUNT(*) FILTER (campaigns.launched) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM period
JOIN campaigns
    ON
        campaigns.launched IS NOT NULL
        AND campaigns.due_at >= period.starts
        AND campaigns.due_at < period.ends
GROUP BY period.period
