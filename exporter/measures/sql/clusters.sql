-- Clusters in service at the end of the period.
-- unit: count
-- nature: stock
-- by: type
SELECT period.period, assets.type, COUNT(assets.asset_id) AS value
FROM period
LEFT JOIN assets
    ON
        assets.kind = 'cluster' AND assets.starts_at < period.ends
        AND (assets.ends_at IS NULL OR assets.ends_at >= period.ends)
GROUP BY GROUPING SETS ((period.period), (period.period, assets.type))
HAVING GROUPING(assets.type) = 1 OR COUNT(assets.asset_id) > 0
