-- One tier per customer, also where several sources tell of the same customer.
-- once
SELECT customer_id, MAX(tier) AS tier
FROM customers
GROUP BY customer_id
