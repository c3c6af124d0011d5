-- What the articles sold in the period brought, at the price of each unit.
-- unit: money
-- nature: flow
-- by: sku
SELECT days.period, sales.sku, SUM(sales.units * sales.price) AS value
FROM days
JOIN sku_sales AS sales ON sales.sold_on >= days.starts_on AND sales.sold_on < days.ends_on
GROUP BY GROUPING SETS ((days.period), (days.period, sales.sku))
