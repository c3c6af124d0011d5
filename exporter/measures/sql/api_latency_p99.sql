-- The duration within which 99 of 100 of the API's answers of the period came.
-- As in Prometheus, the answers of a class of duration are taken to be spread evenly over it.
-- unit: duration
-- nature: whole
WITH classes AS (
    SELECT days.period, requests.up_to, CAST(SUM(requests.requests) AS DECIMAL(18, 0)) AS requests
    FROM days
    JOIN
        api_requests AS requests
        ON requests.served_on >= days.starts_on AND requests.served_on < days.ends_on
    GROUP BY days.period, requests.up_to
),

ranked AS (
    SELECT
        period,
        up_to,
        requests,
        LAG(up_to, 1, 0) OVER (PARTITION BY period ORDER BY up_to) AS above,
        CAST(SUM(requests) OVER (PARTITION BY period ORDER BY up_to) AS DECIMAL(18, 0)) AS reached,
        CAST(SUM(requests) OVER (PARTITION BY period) AS DECIMAL(18, 0)) AS total
    FROM classes
)

-- One division of exact numbers, so that 500 ms are not a little more or less.
SELECT
    period,
    ARG_MIN(
        (above * requests + (up_to - above) * (0.99 * total - reached + requests)) / requests,
        up_to
    ) AS value
FROM ranked
WHERE reached >= 0.99 * total AND requests > 0
GROUP BY period
