-- Per period, the movements in it.
-- once
SELECT
    period.period,
    movements.customer_id,
    movements.currency,
    movements.bucket,
    movements.effective_at,
    movements.kind,
    movements.reason,
    movements.delta
FROM period
JOIN movements ON movements.effective_at >= period.starts AND movements.effective_at < period.ends
WHERE movements.kind IS NOT NULL
