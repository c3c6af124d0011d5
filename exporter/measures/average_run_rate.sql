-- What a paying customer pays per month at the end of the period, on average. The segment is the customer's tier.
-- unit: money/month
-- by: segment
-- lookups: customers
SELECT payers.period, tiers.tier AS segment, SUM(payers.monthly) / COUNT(*) AS value
FROM payers
LEFT JOIN tiers USING (customer_id)
GROUP BY GROUPING SETS ((payers.period), (payers.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
