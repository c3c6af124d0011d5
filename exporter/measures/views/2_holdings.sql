-- Per period, what each customer pays per month in each currency at its opening and at its close, which the latest of
-- its movements before each tells: at the rates of the opening and at those of the close. What moves at midnight
-- belongs to the period that begins then. Whether the customer paid, then and now, the latest of its movements in any
-- currency tells.
SELECT
    period.period,
    movements.customer_id,
    movements.currency,
    movements.effective_at < period.starts AS opens,
    movements.until IS NULL OR movements.until >= period.ends AS closes,
    CASE
        WHEN worth.currency IS NULL THEN movements.after_native
        ELSE CAST(CAST(movements.after_native AS DECIMAL(26, 10)) * worth.opening AS DECIMAL(38, 16))
    END AS at_opening,
    CASE
        WHEN worth.currency IS NULL THEN movements.after_native
        ELSE CAST(CAST(movements.after_native AS DECIMAL(26, 10)) * worth.closing AS DECIMAL(38, 16))
    END AS at_close,
    worth.currency IS NOT NULL AS is_foreign,
    movements.paying AND (movements.stands_until IS NULL OR movements.stands_until >= period.starts) AS paid_before,
    movements.paying AND (movements.stands_until IS NULL OR movements.stands_until >= period.ends) AS pays,
    movements.on_hold AND (movements.stands_until IS NULL OR movements.stands_until >= period.ends) AS on_hold
FROM period
JOIN movements
    ON movements.effective_at < period.ends
    AND (movements.until IS NULL OR movements.until >= period.starts)
    AND (movements.effective_at < period.starts OR movements.until IS NULL OR movements.until >= period.ends)
LEFT JOIN worth ON worth.period = period.period AND worth.currency = movements.currency
