-- Operating costs of the period that no single customer or cluster causes.
-- unit: money
-- nature: flow
SELECT days.period, SUM(entries.amount) AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE entries.account IN ('shared_cost', 'sales', 'marketing', 'presales', 'research', 'general')
GROUP BY days.period
