-- Earnings of the period before interest, tax, depreciation and amortisation: revenue less
-- operating costs.
-- unit: money
-- nature: flow
SELECT
    days.period,
    SUM(
        CASE
            WHEN
                entries.account IN ('recurring_revenue', 'services_revenue')
                THEN entries.amount
            ELSE -entries.amount
        END
    )
        AS value
FROM days
JOIN
    ledger_entries AS entries
    ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
WHERE entries.account NOT IN ('depreciation', 'interest', 'tax')
GROUP BY days.period
