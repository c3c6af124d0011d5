-- The share of the API's answers of the period that failed by our fault.
-- unit: ratio
-- nature: whole
SELECT
    days.period,
    CAST(SUM(requests.failed) AS DECIMAL(38, 10)) / NULLIF(SUM(requests.requests), 0) AS value
FROM days
JOIN
    api_requests AS requests
    ON requests.served_on >= days.starts_on AND requests.served_on < days.ends_on
GROUP BY days.period
