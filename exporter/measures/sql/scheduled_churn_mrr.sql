-- What is paid per month at the end of the period by items whose end was asked for and has not
-- come.
-- unit: money/month
-- nature: stock
SELECT period.period, COALESCE(SUM(lines_in_force.monthly), 0) AS value
FROM period
LEFT JOIN
    lines_in_force
    ON
        lines_in_force.period = period.period
        AND lines_in_force.cancel_requested_at < lines_in_force.ends
GROUP BY period.period
