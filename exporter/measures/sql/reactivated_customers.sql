-- Times that a customer who had stopped paying came back in the period; the end of a pause is none.
-- unit: count
-- nature: flow
WITH times AS (
    SELECT DISTINCT period, customer_id, bucket
    FROM moved
    WHERE kind = 'reactivation' AND reason <> 'resume'
)

SELECT period.period, COUNT(times.customer_id) AS value
FROM period
LEFT JOIN times USING (period)
GROUP BY period.period
