-- Leads that marketing qualified in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(leads.lead_id) AS value
FROM period
LEFT JOIN leads ON leads.qualified_at >= period.starts AND leads.qualified_at < period.ends
GROUP BY period.period
