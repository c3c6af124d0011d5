-- Messages sent in the period. A period for which no volume is recorded has none that is known.
-- unit: count
-- nature: flow
SELECT days.period, SUM(volumes.sent) AS value
FROM days
JOIN mail_volumes AS volumes ON volumes.sent_on >= days.starts_on AND volumes.sent_on < days.ends_on
GROUP BY days.period
