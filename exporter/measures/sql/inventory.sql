-- What the goods in stock at the end of the period had cost.
-- unit: money
-- nature: stock
-- by: format
-- lookups: stores
WITH levels AS (
    SELECT days.period, COALESCE(shops.format, default_format.format) AS format, stock.amount
    FROM days
    JOIN stock_spans AS stock
        ON
            stock.counted_on < days.ends_on
            AND (stock.recounted_on IS NULL OR stock.recounted_on >= days.ends_on)
    LEFT JOIN shops USING (store_id)
    LEFT JOIN default_format ON TRUE
)

SELECT period, format, SUM(amount) AS value
FROM levels
GROUP BY GROUPING SETS ((period), (period, format))
HAVING GROUPING(format) = 1 OR format IS NOT NULL
