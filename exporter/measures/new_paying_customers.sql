-- Customers who first paid in the period, by the segment that is their tier.
-- unit: count
-- by: segment
-- lookups: customers
SELECT period, tier AS segment, new_customers AS value
FROM moved_by_tier
