-- Cash at the end of the period: the latest balance of each account.
-- unit: money
-- nature: stock
SELECT days.period, cash.amount AS value
FROM days
ASOF JOIN cash_on_hand AS cash ON days.ends_on > cash.balance_on
