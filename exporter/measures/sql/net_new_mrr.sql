-- What all customers together pay more per month at the end of the period than at its start; by
-- movement what each kind of change made of it, and under fx what exchange rates made of the rest.
-- unit: money/month
-- nature: flow
-- by: movement
WITH net AS (
    SELECT period.period, COALESCE(SUM(balances.closing - balances.opening), 0) AS value
    FROM period
    LEFT JOIN mrr_open_close AS balances USING (period)
    GROUP BY period.period
),

kinds AS (
    SELECT kind
    FROM
        (VALUES ('new'), ('expansion'), ('reactivation'), ('contraction'), ('churn'))
            AS named (kind)
),

moves AS (
    SELECT period.period, kinds.kind AS movement, COALESCE(SUM(moved.delta), 0) AS value
    FROM period
    CROSS JOIN kinds
    LEFT JOIN moved ON moved.period = period.period AND moved.kind = kinds.kind
    GROUP BY period.period, kinds.kind
),

moved_in_all AS (
    SELECT period, SUM(value) AS value
    FROM moves
    GROUP BY period
)

SELECT period, CAST(NULL AS VARCHAR) AS movement, value FROM net
UNION ALL
SELECT period, movement, value FROM moves
UNION ALL
SELECT net.period, 'fx' AS movement, net.value - moved_in_all.value AS value
FROM net
JOIN moved_in_all USING (period)
