-- Domains that customers added in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(domains.domain_id) AS value
FROM period
LEFT JOIN domains ON domains.added_at >= period.starts AND domains.added_at < period.ends
GROUP BY period.period
