-- The share of the features of the MVP that are complete at the end of the period.
-- unit: ratio
-- nature: stock
SELECT
    days.period,
    CAST(COUNT(*) FILTER (features.completed_on < days.ends_on) AS DECIMAL(38, 10))
    / COUNT(*) AS value
FROM days
JOIN roadmap_features AS features ON features.milestone = 'mvp'
GROUP BY days.period
