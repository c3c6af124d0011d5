-- Deals with new customers won in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(deals.deal_id) AS value
FROM period
LEFT JOIN deals
    ON
        deals.won
        AND deals.kind = 'new'
        AND deals.closed_at >= period.starts
        AND deals.closed_at < period.ends
GROUP BY period.period
