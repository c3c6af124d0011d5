-- What is counted per month at the end of the period for items whose payment is overdue.
-- unit: money/month
-- nature: stock
SELECT period.period, COALESCE(SUM(lines_in_force.monthly), 0) AS value
FROM period
LEFT JOIN
    lines_in_force
    ON lines_in_force.period = period.period AND lines_in_force.status = 'past_due'
GROUP BY period.period
