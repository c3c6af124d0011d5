-- All revenue booked in the period, from subscriptions and services.
-- unit: money
-- nature: flow
SELECT days.period, SUM(entries.amount) AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE entries.account IN ('recurring_revenue', 'services_revenue')
GROUP BY days.period
