-- What customers paid per month at the start of the period, by when they first paid.
-- unit: money/month
-- nature: whole
-- by: age, vintage
SELECT period, age, vintage, SUM(opening) AS value
FROM cohorts
GROUP BY GROUPING SETS ((period), (period, age), (period, vintage))
