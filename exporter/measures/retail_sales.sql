-- What stores sold in the period.
-- unit: money
-- by: format
-- lookups: stores
SELECT days.period, shops.format, SUM(sales.amount) AS value
FROM days
JOIN store_sales AS sales ON sales.sold_on >= days.starts_on AND sales.sold_on < days.ends_on
LEFT JOIN shops USING (store_id)
GROUP BY GROUPING SETS ((days.period), (days.period, shops.format))
HAVING GROUPING(shops.format) = 1 OR shops.format IS NOT NULL
