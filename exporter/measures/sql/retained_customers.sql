-- Customers who paid at the start of the period and still do at its end, or only paused.
-- unit: count
-- nature: whole
SELECT
    period.period,
    COALESCE(
        SUM(
            CASE WHEN balances.paid_before AND (balances.pays OR balances.on_hold) THEN 1 ELSE 0 END
        ),
        0
    ) AS value
FROM period
LEFT JOIN mrr_open_close AS balances USING (period)
GROUP BY period.period
