-- What customers who had stopped paying began with per month when they came back in the period.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period, tier, reactivation_mrr AS value
FROM moved_by_tier
