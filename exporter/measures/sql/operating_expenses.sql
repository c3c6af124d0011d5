-- What running the company cost in the period, delivery included; depreciation, interest and tax
-- left out.
-- unit: money
-- nature: flow
SELECT days.period, SUM(entries.amount) AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE
    entries.account IN (
        'direct_cost',
        'shared_cost',
        'services_cost',
        'sales',
        'marketing',
        'presales',
        'research',
        'general'
    )
GROUP BY days.period
