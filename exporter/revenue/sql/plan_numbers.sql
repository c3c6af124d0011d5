-- The names of plans, numbered.
SELECT name, CAST(ROW_NUMBER() OVER (ORDER BY name) AS INTEGER) AS number
FROM (SELECT DISTINCT COALESCE(plan, product, '') AS name FROM subscription_items) AS named
