-- Changes in a currency that has no exchange rate on their day, by currency: the ledger of them would be wrong.
SELECT 0 AS period, balances.currency, COUNT(*) AS value
FROM balances
LEFT JOIN exchange_rates AS rates
    ON rates.currency = balances.currency AND rates.rate_on = CAST(balances.effective_at AS DATE)
WHERE balances.currency <> $currency AND rates.rate IS NULL
GROUP BY balances.currency
