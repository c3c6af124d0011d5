-- What customers who paid for the first time in the period began with per month.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period, tier, new_mrr AS value
FROM moved_by_tier
