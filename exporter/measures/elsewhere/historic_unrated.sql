-- With historic rates, lines in a currency that has no exchange rate on the day on which they first paid, by currency: the
-- ledger of them would be wrong.
SELECT 0 AS period, beginnings.currency, COUNT(*) AS value
FROM beginnings
LEFT JOIN exchange_rates AS rates
    ON rates.currency = beginnings.currency AND rates.rate_on = beginnings.began_on
WHERE rates.rate IS NULL
GROUP BY beginnings.currency
