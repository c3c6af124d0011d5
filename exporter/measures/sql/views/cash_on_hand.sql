-- Per day on which a balance was stated, the cash in all accounts at its end: the latest balance of
-- each. Before its first balance an account holds nothing.
-- materialized: true
SELECT days.balance_on, SUM(latest.amount) AS amount
FROM (SELECT DISTINCT balance_on FROM cash_balances) AS days
CROSS JOIN (SELECT DISTINCT source, account_id FROM cash_balances) AS accounts
ASOF JOIN cash_balances AS latest
    ON
        accounts.source = latest.source
        AND accounts.account_id = latest.account_id
        AND days.balance_on >= latest.balance_on
GROUP BY days.balance_on
