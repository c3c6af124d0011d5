-- People who used any feature in the period; each counts once.
-- unit: count
-- nature: whole
SELECT days.period, COUNT(DISTINCT uses.user_id) AS value
FROM days
LEFT JOIN feature_uses AS uses ON uses.used_on >= days.starts_on AND uses.used_on < days.ends_on
GROUP BY days.period
