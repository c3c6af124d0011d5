-- Data that went between customers and the internet in the period, in both directions.
-- unit: bytes
-- nature: flow
SELECT days.period, SUM(transfers.bytes) AS value
FROM days
JOIN data_transfers AS transfers
    ON transfers.transferred_on >= days.starts_on AND transfers.transferred_on < days.ends_on
GROUP BY days.period
