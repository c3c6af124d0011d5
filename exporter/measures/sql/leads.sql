-- Leads that came in during the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(leads.lead_id) AS value
FROM period
LEFT JOIN leads ON leads.created_at >= period.starts AND leads.created_at < period.ends
GROUP BY period.period
