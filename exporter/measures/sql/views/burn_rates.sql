-- Per period, what cash fell by per month over the three months up to its end, money from investors
-- and lenders left out; below 0 where it rose.
WITH spans AS (
    SELECT period, CAST(ends_on - INTERVAL 3 MONTH AS DATE) AS starts_on, ends_on FROM days
),

funded AS (
    SELECT spans.period, SUM(financings.amount) AS amount
    FROM spans
    JOIN financings ON financings.paid_on >= spans.starts_on AND financings.paid_on < spans.ends_on
    GROUP BY spans.period
),

opening AS (
    SELECT spans.period, cash.amount
    FROM spans
    ASOF JOIN cash_on_hand AS cash ON spans.starts_on > cash.balance_on
),

closing AS (
    SELECT spans.period, cash.amount
    FROM spans
    ASOF JOIN cash_on_hand AS cash ON spans.ends_on > cash.balance_on
)

SELECT opening.period, (opening.amount - closing.amount + COALESCE(funded.amount, 0)) / 3 AS amount
FROM opening
JOIN closing USING (period)
LEFT JOIN funded USING (period)
