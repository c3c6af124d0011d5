-- What is counted per month at the end of the period for items whose payment is overdue.
-- unit: money/month
SELECT period.period, COALESCE(SUM(in_force.monthly), 0) AS value
FROM period
LEFT JOIN in_force ON in_force.period = period.period AND in_force.status = 'past_due'
GROUP BY period.period
