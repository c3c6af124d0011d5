-- Per period and foreign currency, what a unit of it is worth in the reporting currency on the last
-- day before the period's start, and on the period's last day.
SELECT period.period, closing.currency, opening.rate AS opening, closing.rate AS closing
FROM period
JOIN
    exchange_rates AS closing
    ON closing.rate_on = CAST(period.ends - INTERVAL 1 MICROSECOND AS DATE)
LEFT JOIN exchange_rates AS opening
    ON
        opening.currency = closing.currency
        AND opening.rate_on = CAST(period.starts - INTERVAL 1 MICROSECOND AS DATE)
