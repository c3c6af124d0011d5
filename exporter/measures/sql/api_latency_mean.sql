-- The mean duration of the API's answers of the period.
-- unit: duration
-- nature: whole
SELECT days.period, SUM(requests.seconds) / NULLIF(SUM(requests.requests), 0) AS value
FROM days
JOIN
    api_requests AS requests
    ON requests.served_on >= days.starts_on AND requests.served_on < days.ends_on
GROUP BY days.period
