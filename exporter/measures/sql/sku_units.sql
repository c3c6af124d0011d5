-- Units of articles sold in the period.
-- unit: count
-- nature: flow
-- by: sku
SELECT days.period, sales.sku, COALESCE(SUM(sales.units), 0) AS value
FROM days
LEFT JOIN sku_sales AS sales ON sales.sold_on >= days.starts_on AND sales.sold_on < days.ends_on
GROUP BY GROUPING SETS ((days.period), (days.period, sales.sku))
HAVING GROUPING(sales.sku) = 1 OR COUNT(sales.sku) > 0
