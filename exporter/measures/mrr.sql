-- The run-rate of all subscription items at the end of the period, normalised to a month.
-- unit: money/month
-- by: tier, type
-- lookups: customers, assets
SELECT period.period, tiers.tier, types.type, SUM(rates.monthly) AS value
FROM period
JOIN run_rates AS rates
    ON rates.starts_at < period.ends AND (rates.ends_at IS NULL OR rates.ends_at >= period.ends)
LEFT JOIN tiers USING (customer_id)
LEFT JOIN types USING (asset_id)
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier), (period.period, types.type))
HAVING (GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL) AND (GROUPING(types.type) = 1 OR types.type IS NOT NULL)
