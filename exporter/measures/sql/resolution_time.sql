-- The mean time from opening a support request to its solution, of those solved in the period.
-- unit: duration
-- nature: whole
-- by: priority
SELECT
    period.period,
    tickets.priority,
    AVG(CAST(EPOCH(tickets.resolved_at) - EPOCH(tickets.opened_at) AS DECIMAL(18, 6))) AS value
FROM period
JOIN tickets ON tickets.resolved_at >= period.starts AND tickets.resolved_at < period.ends
GROUP BY GROUPING SETS ((period.period), (period.period, tickets.priority))
