-- All that varies with the articles sold in the period: cost of goods, shipping, payment, and what
-- else a unit causes.
-- unit: money
-- nature: flow
-- by: sku
SELECT
    days.period,
    sales.sku,
    SUM(
        sales.units * (
            sales.unit_cost
            + sales.shipping
            + sales.payment_fee
            + sales.other_cost
            + sales.price * sales.payment_rate
        )
    ) AS value
FROM days
JOIN sku_sales AS sales ON sales.sold_on >= days.starts_on AND sales.sold_on < days.ends_on
GROUP BY GROUPING SETS ((days.period), (days.period, sales.sku))
