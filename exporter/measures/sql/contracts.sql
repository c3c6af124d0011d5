-- Subscriptions that pay at the end of the period.
-- unit: count
-- nature: stock
SELECT period.period, COUNT(DISTINCT lines_in_force.subscription_id) AS value
FROM period
LEFT JOIN lines_in_force ON lines_in_force.period = period.period AND lines_in_force.monthly > 0
GROUP BY period.period
