-- Customers who paid at the start of the period: new are those who first paid in the six months
-- before it.
-- unit: count
-- nature: whole
-- by: age, vintage
SELECT period, age, vintage, SUM(customers) AS value
FROM cohorts
GROUP BY GROUPING SETS ((period), (period, age), (period, vintage))
