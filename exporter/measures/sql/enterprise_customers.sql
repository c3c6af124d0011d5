-- Customers of the tier `enterprise` who pay at the end of the period.
-- unit: count
-- nature: stock
WITH paying AS (
    SELECT paying_customers.period, paying_customers.customer_id
    FROM paying_customers
    JOIN customer_tiers USING (customer_id)
    WHERE customer_tiers.tier = 'enterprise'
)

SELECT period.period, COUNT(paying.customer_id) AS value
FROM period
LEFT JOIN paying USING (period)
GROUP BY period.period
