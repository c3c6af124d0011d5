-- What customers of the start of the period pay per month at its end, at the exchange rates of the
-- start, by when they first paid.
-- unit: money/month
-- nature: whole
-- by: age, vintage
SELECT period, age, vintage, SUM(unmoved) AS value
FROM cohorts
GROUP BY GROUPING SETS ((period), (period, age), (period, vintage))
