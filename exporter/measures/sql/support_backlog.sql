-- Support requests open at the end of the period.
-- unit: count
-- nature: stock
SELECT period.period, COUNT(tickets.ticket_id) AS value
FROM period
LEFT JOIN tickets
    ON
        tickets.opened_at < period.ends
        AND (tickets.resolved_at IS NULL OR tickets.resolved_at >= period.ends)
GROUP BY period.period
