-- Subscriptions that pay at the end of the period.
-- unit: count
SELECT period.period, COUNT(DISTINCT in_force.subscription_id) AS value
FROM period
LEFT JOIN in_force ON in_force.period = period.period AND in_force.monthly > 0
GROUP BY period.period
