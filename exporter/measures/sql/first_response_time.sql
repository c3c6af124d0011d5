-- The mean time from opening a support request to the first answer by a person, of those answered
-- in the period.
-- unit: duration
-- nature: whole
-- by: priority
SELECT
    period.period,
    tickets.priority,
    AVG(CAST(EPOCH(tickets.first_response_at) - EPOCH(tickets.opened_at) AS DECIMAL(18, 6)))
        AS value
FROM period
JOIN
    tickets
    ON tickets.first_response_at >= period.starts AND tickets.first_response_at < period.ends
GROUP BY GROUPING SETS ((period.period), (period.period, tickets.priority))
