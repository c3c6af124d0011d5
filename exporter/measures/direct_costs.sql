-- What serving customers cost in the period: the costs that one customer or one cluster causes.
-- unit: money
-- by: tier, type
-- lookups: customers, assets
SELECT days.period, tiers.tier, types.type, SUM(entries.amount) AS value
FROM days
JOIN ledger_entries AS entries ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
LEFT JOIN tiers USING (customer_id)
LEFT JOIN types USING (asset_id)
WHERE entries.account = 'direct_cost'
GROUP BY GROUPING SETS ((days.period), (days.period, tiers.tier), (days.period, types.type))
HAVING (GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL) AND (GROUPING(types.type) = 1 OR types.type IS NOT NULL)
