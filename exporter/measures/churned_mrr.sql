-- What customers who stopped paying in the period paid per month until then, whether or not they came back.
-- unit: money/month
-- by: tier
-- lookups: customers
SELECT period, tier, churned_mrr AS value
FROM moved_by_tier
