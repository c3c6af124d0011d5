-- What customers who had stopped paying began with per month when they came back in the period.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period.period, movers.tier, COALESCE(SUM(CASE WHEN movers.kind = 'reactivation' THEN movers.delta END), 0) AS value
FROM period
LEFT JOIN movers USING (period)
GROUP BY GROUPING SETS ((period.period), (period.period, movers.tier))
HAVING GROUPING(movers.tier) = 1 OR movers.tier IS NOT NULL
