-- Cost of professional services booked in the period.
-- unit: money
-- nature: flow
SELECT days.period, SUM(entries.amount) AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE entries.account = 'services_cost'
GROUP BY days.period
