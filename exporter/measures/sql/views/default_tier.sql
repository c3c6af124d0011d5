-- The tier of customers that have none. No row while no customer is known at all: then there is no
-- breakdown either.
SELECT DISTINCT 'none' AS tier
FROM customers
