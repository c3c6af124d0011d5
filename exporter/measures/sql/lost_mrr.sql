-- What customers of the start of the period pay less per month at its end, whether they left or
-- reduced, at the exchange rates of the start.
-- unit: money/month
-- nature: flow
SELECT
    period.period,
    COALESCE(
        SUM(
            CASE
                WHEN
                    balances.paid_before
                    THEN GREATEST(balances.opening - balances.unmoved, 0)
                ELSE 0
            END
        ),
        0
    ) AS value
FROM period
LEFT JOIN mrr_open_close AS balances USING (period)
GROUP BY period.period
