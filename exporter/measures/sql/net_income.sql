-- What is left of the period's revenue after all costs, depreciation, interest and tax too.
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
GROUP BY days.period
