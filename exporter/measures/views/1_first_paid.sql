-- Per customer, when it first paid anything, all its items taken together.
SELECT customer_id, MIN(effective_at) AS first_paid_at
FROM movements
WHERE kind = 'new'
GROUP BY customer_id
