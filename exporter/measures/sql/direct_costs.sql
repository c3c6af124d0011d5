-- What serving customers cost in the period: the costs that one customer or one cluster causes.
-- unit: money
-- nature: flow
-- by: tier, type
-- lookups: customers, assets
WITH costs AS (
    SELECT
        days.period,
        COALESCE(customer_tiers.tier, default_tier.tier) AS tier,
        COALESCE(asset_types.type, default_type.type) AS type,
        entries.amount
    FROM days
    JOIN
        ledger_entries AS entries
        ON entries.booked_on >= days.starts_on AND entries.booked_on < days.ends_on
    LEFT JOIN customer_tiers USING (customer_id)
    LEFT JOIN default_tier ON TRUE
    LEFT JOIN asset_types USING (asset_id)
    LEFT JOIN default_type ON TRUE
    WHERE entries.account = 'direct_cost'
)

SELECT period, tier, type, SUM(amount) AS value
FROM costs
GROUP BY GROUPING SETS ((period), (period, tier), (period, type))
HAVING (GROUPING(tier) = 1 OR tier IS NOT NULL) AND (GROUPING(type) = 1 OR type IS NOT NULL)
