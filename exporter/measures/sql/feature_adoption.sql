-- The share of customers who pay at the end of the period that used two or more core features in
-- it.
-- unit: ratio
-- nature: whole
WITH adopters AS (
    SELECT days.period, uses.customer_id
    FROM days
    JOIN
        feature_uses AS uses
        ON uses.core AND uses.used_on >= days.starts_on AND uses.used_on < days.ends_on
    GROUP BY days.period, uses.customer_id
    HAVING COUNT(DISTINCT uses.feature) >= 2
)

SELECT
    paying_customers.period,
    CAST(COUNT(adopters.customer_id) AS DECIMAL(38, 10)) / COUNT(*) AS value
FROM paying_customers
LEFT JOIN adopters USING (period, customer_id)
GROUP BY paying_customers.period
