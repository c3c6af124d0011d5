-- What the goods in stock at the end of the period had cost.
-- unit: money
-- by: format
-- lookups: stores
SELECT days.period, shops.format, SUM(stock.amount) AS value
FROM days
JOIN stock_spans AS stock
    ON stock.counted_on < days.ends_on AND (stock.recounted_on IS NULL OR stock.recounted_on >= days.ends_on)
LEFT JOIN shops USING (store_id)
GROUP BY GROUPING SETS ((days.period), (days.period, shops.format))
HAVING GROUPING(shops.format) = 1 OR shops.format IS NOT NULL
