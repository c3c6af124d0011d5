-- Customers who paid at the start of the period and no longer do at its end, by when they first
-- paid.
-- unit: count
-- nature: flow
-- by: age, vintage
SELECT period, age, vintage, SUM(lost) AS value
FROM cohorts
GROUP BY GROUPING SETS ((period), (period, age), (period, vintage))
