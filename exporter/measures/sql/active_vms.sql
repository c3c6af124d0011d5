-- Virtual machines in service at the end of the period.
-- unit: count
-- nature: stock
SELECT period.period, COUNT(assets.asset_id) AS value
FROM period
LEFT JOIN assets
    ON
        assets.kind = 'vm' AND assets.starts_at < period.ends
        AND (assets.ends_at IS NULL OR assets.ends_at >= period.ends)
GROUP BY period.period
