-- What customers who paid already came to pay more per month in the period, without what others came to pay less.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period, tier, expansion_mrr AS value
FROM moved_by_tier
