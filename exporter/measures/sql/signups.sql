-- Accounts opened in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(signups.signup_id) AS value
FROM period
LEFT JOIN signups ON signups.signed_up_at >= period.starts AND signups.signed_up_at < period.ends
GROUP BY period.period
