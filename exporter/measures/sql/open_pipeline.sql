-- The value of deals open at the end of the period that are expected to close in the quarter that
-- it begins in.
-- unit: money
-- nature: whole
SELECT period.period, COALESCE(SUM(deals.amount), 0) AS value
FROM period
LEFT JOIN deals
    ON
        deals.created_at < period.ends
        AND (deals.closed_at IS NULL OR deals.closed_at >= period.ends)
        AND DATE_TRUNC('quarter', deals.expected_close_on)
        = CAST(DATE_TRUNC('quarter', period.starts) AS DATE)
GROUP BY period.period
