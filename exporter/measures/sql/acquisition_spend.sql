-- What winning customers cost in the period: sales, marketing and pre-sales, fully loaded.
-- unit: money
-- nature: flow
-- by: component
SELECT days.period, entries.account AS component, SUM(entries.amount) AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE entries.account IN ('sales', 'marketing', 'presales')
GROUP BY GROUPING SETS ((days.period), (days.period, entries.account))
