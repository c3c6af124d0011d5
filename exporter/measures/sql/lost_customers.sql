-- Customers who paid at the start of the period, or had paused then, and do neither at its end; who
-- only paused is not lost.
-- unit: count
-- nature: flow
SELECT
    period.period,
    COALESCE(SUM(CASE
        WHEN
            (balances.paid_before OR balances.on_hold_before)
            AND NOT balances.pays
            AND NOT balances.on_hold
            THEN 1
        ELSE 0
    END), 0) AS value
FROM period
LEFT JOIN mrr_open_close AS balances USING (period)
GROUP BY period.period
