-- Deals won in the period that began as a lead.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(deals.deal_id) AS value
FROM period
LEFT JOIN deals
    ON
        deals.won
        AND deals.lead_id IS NOT NULL
        AND deals.closed_at >= period.starts
        AND deals.closed_at < period.ends
GROUP BY period.period
