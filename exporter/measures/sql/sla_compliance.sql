-- The share of customers whose agreed service level was met, over the reports for months that begin
-- in the period.
-- unit: ratio
-- nature: whole
SELECT
    days.period,
    CAST(COUNT(*) FILTER (reports.met) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM days
JOIN
    sla_reports AS reports
    ON reports.month_on >= days.starts_on AND reports.month_on < days.ends_on
GROUP BY days.period
