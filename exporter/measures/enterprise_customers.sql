-- Customers of the tier `enterprise` who pay at the end of the period.
-- unit: count
WITH paying AS (
    SELECT payers.period, payers.customer_id
    FROM payers
    JOIN tiers USING (customer_id)
    WHERE tiers.tier = 'enterprise'
)
SELECT period.period, COUNT(paying.customer_id) AS value
FROM period
LEFT JOIN paying USING (period)
GROUP BY period.period
