-- What customers who stopped paying in the period paid per month until then, whether or not they came back.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period.period, movers.tier, COALESCE(SUM(CASE WHEN movers.kind = 'churn' THEN -movers.delta END), 0) AS value
FROM period
LEFT JOIN movers USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, movers.tier))
HAVING GROUPING(movers.tier) = 1 OR movers.tier IS NOT NULL
