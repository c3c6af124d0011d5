-- What the stores sold in the period that were open throughout it and throughout the same period a
-- year before.
-- unit: money
-- nature: flow
SELECT days.period, SUM(sales.amount) AS value
FROM days
JOIN shops
    ON
        shops.opened_on <= days.starts_on - INTERVAL 1 YEAR
        AND (shops.closed_on IS NULL OR shops.closed_on >= days.ends_on)
JOIN store_sales AS sales
    ON
        sales.store_id = shops.store_id
        AND sales.sold_on >= days.starts_on
        AND sales.sold_on < days.ends_on
GROUP BY days.period
