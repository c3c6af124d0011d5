-- What a paying customer pays per month at the end of the period, on average. The segment is the
-- customer's tier.
-- unit: money/month
-- nature: stock
-- by: segment
-- lookups: customers
SELECT period, tier AS segment, SUM(closing) / COUNT(*) AS value
FROM mrr_open_close_by_tier
WHERE pays
GROUP BY GROUPING SETS ((period), (period, tier))
HAVING GROUPING(tier) = 1 OR tier IS NOT NULL
