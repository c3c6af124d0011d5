-- Per period, those who paid at its start: by the month in which they first paid anything, and
-- whether that was one of the latest six months before the period, how many they were, how many of
-- them pay no more at its end, what they paid, and what of that they still pay.
-- materialized: true
SELECT
    period.period,
    first_paid.vintage,
    CASE
        WHEN first_paid.first_paid_at >= period.starts - INTERVAL 6 MONTH THEN 'new' ELSE 'old'
    END AS age,
    COUNT(*) AS customers,
    SUM(CASE WHEN balances.pays OR balances.on_hold THEN 0 ELSE 1 END) AS lost,
    SUM(balances.opening) AS opening,
    SUM(balances.unmoved) AS unmoved
FROM period
JOIN mrr_open_close AS balances USING (period)
JOIN first_paid USING (customer_id)
WHERE balances.paid_before
GROUP BY
    period.period,
    first_paid.vintage,
    CASE WHEN first_paid.first_paid_at >= period.starts - INTERVAL 6 MONTH THEN 'new' ELSE 'old' END
