-- Where items are set aside, for there is no exchange rate on the day on which it is needed first:
-- how many by the currency that has none, and without one the number of all items.
SELECT 0 AS period, currency, COUNT(*) AS value
FROM unrated_items
GROUP BY currency
UNION ALL
SELECT 0 AS period, CAST(NULL AS VARCHAR) AS currency, COUNT(*) AS value
FROM subscription_items
CROSS JOIN (SELECT COUNT(*) AS items FROM unrated_items) AS aside
WHERE aside.items > 0
HAVING COUNT(*) > 0
