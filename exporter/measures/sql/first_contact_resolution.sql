-- The share of the support requests solved in the period, as far as it is known, for which one
-- contact was enough.
-- unit: ratio
-- nature: whole
SELECT period.period, CAST(COUNT_IF(tickets.contacts = 1) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM period
JOIN tickets ON tickets.resolved_at >= period.starts AND tickets.resolved_at < period.ends
WHERE tickets.contacts IS NOT NULL
GROUP BY period.period
