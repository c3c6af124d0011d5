-- What the goods that stores sold in the period had cost.
-- unit: money
-- nature: flow
-- by: format
-- lookups: stores
WITH sales AS (
    SELECT days.period, COALESCE(shops.format, default_format.format) AS format, store_sales.cost
    FROM days
    JOIN store_sales ON store_sales.sold_on >= days.starts_on AND store_sales.sold_on < days.ends_on
    LEFT JOIN shops USING (store_id)
    LEFT JOIN default_format ON TRUE
)

SELECT period, format, SUM(cost) AS value
FROM sales
GROUP BY GROUPING SETS ((period), (period, format))
HAVING GROUPING(format) = 1 OR format IS NOT NULL
