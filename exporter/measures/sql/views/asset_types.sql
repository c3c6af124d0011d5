-- One type per asset, also where several sources report the same asset.
SELECT asset_id, MAX(type) AS type
FROM assets
GROUP BY asset_id
