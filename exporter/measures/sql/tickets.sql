-- Support requests opened in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(tickets.ticket_id) AS value
FROM period
LEFT JOIN tickets ON tickets.opened_at >= period.starts AND tickets.opened_at < period.ends
GROUP BY period.period
