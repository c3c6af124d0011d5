-- The share of backup runs of the period that can be restored from.
-- unit: ratio
-- nature: whole
SELECT
    period.period,
    CAST(COUNT(*) FILTER (backups.succeeded) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM period
JOIN backups ON backups.finished_at >= period.starts AND backups.finished_at < period.ends
GROUP BY period.period
