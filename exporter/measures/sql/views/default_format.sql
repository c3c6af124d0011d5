-- The format of stores that have none. No row while no store is known at all: then there is no
-- breakdown either.
SELECT DISTINCT 'none' AS format
FROM stores
