-- What the same stores sold a year before: those open throughout the period and the same period of
-- last year.
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
        AND sales.sold_on >= days.starts_on - INTERVAL 1 YEAR
        AND sales.sold_on < days.ends_on - INTERVAL 1 YEAR
GROUP BY days.period
