-- What customers who went on paying came to pay less per month in the period.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period, tier, contraction_mrr AS value
FROM moved_by_tier
