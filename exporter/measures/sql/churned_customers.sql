-- Times that a customer was lost in the period, whether or not it came back: it stopped paying, or
-- left during a pause. A pause itself is none.
-- unit: count
-- nature: flow
WITH times AS (
    SELECT DISTINCT period, customer_id, bucket
    FROM moved
    WHERE kind = 'churn' AND reason <> 'pause'
)

SELECT period.period, COUNT(times.customer_id) AS value
FROM period
LEFT JOIN times USING (period)
GROUP BY period.period
