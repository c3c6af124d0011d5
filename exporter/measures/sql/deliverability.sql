-- The share of mail of the period that was delivered, per customer, on average over the customers
-- who sent any. So each customer counts the same, however much it sends.
-- unit: ratio
-- nature: whole
WITH rates AS (
    SELECT
        days.period,
        CAST(SUM(volumes.delivered) AS DECIMAL(38, 10)) / NULLIF(SUM(volumes.sent), 0) AS share
    FROM days
    JOIN
        mail_volumes AS volumes
        ON volumes.sent_on >= days.starts_on AND volumes.sent_on < days.ends_on
    GROUP BY days.period, volumes.customer_id
)

SELECT period, AVG(share) AS value
FROM rates
GROUP BY period
