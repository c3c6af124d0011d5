-- What is paid per month at the end of the period by items whose end was asked for and has not come.
-- unit: money/month
SELECT period.period, COALESCE(SUM(in_force.monthly), 0) AS value
FROM period
LEFT JOIN in_force ON in_force.period = period.period AND in_force.cancel_requested_at < in_force.ends
GROUP BY period.period
