-- What delivering cost in the period: direct, shared platform and on-call, and services.
-- unit: money
-- nature: flow
SELECT days.period, SUM(entries.amount) AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE entries.account IN ('direct_cost', 'shared_cost', 'services_cost')
GROUP BY days.period
