-- Customers in whose account anybody used the product in the period.
-- unit: count
-- nature: whole
SELECT days.period, COUNT(DISTINCT uses.customer_id) AS value
FROM days
LEFT JOIN feature_uses AS uses ON uses.used_on >= days.starts_on AND uses.used_on < days.ends_on
GROUP BY days.period
