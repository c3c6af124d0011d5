-- Per period, each customer who paid at its start: the month in which it first paid anything, whether that was one of
-- the latest six months before the period, what it paid, and whether and what it still pays at the end of the period.
SELECT
    period.period,
    balances.customer_id,
    STRFTIME(CAST(first_paid.first_paid_at AS DATE), '%Y-%m') AS vintage,
    CASE WHEN first_paid.first_paid_at >= period.starts - INTERVAL 6 MONTH THEN 'new' ELSE 'old' END AS age,
    balances.opening,
    balances.unmoved,
    balances.pays OR balances.on_hold AS stayed
FROM period
JOIN open_and_close AS balances USING (period)
JOIN first_paid USING (customer_id)
WHERE balances.paid_before
