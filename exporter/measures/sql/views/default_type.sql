-- The type of assets that have none. No row while no asset is known at all: then there is no
-- breakdown either.
SELECT DISTINCT 'none' AS type
FROM assets
