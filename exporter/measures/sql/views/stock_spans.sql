-- What was in stock from the end of one count to the next count of the same place and product.
SELECT
    store_id,
    amount,
    counted_on,
    LEAD(counted_on)
        OVER (PARTITION BY source, store_id, product ORDER BY counted_on)
        AS recounted_on
FROM stock_levels
