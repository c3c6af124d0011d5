-- Per period, what each kind of movement came to, in all and for every tier that anybody was in by its end: where
-- nothing moved it is 0, so that a threshold on a tier is judged.
-- once
SELECT
    period.period,
    tiers.tier,
    COALESCE(SUM(CASE WHEN moved.kind = 'new' THEN moved.delta END), 0) AS new_mrr,
    COALESCE(SUM(CASE WHEN moved.kind = 'expansion' THEN moved.delta END), 0) AS expansion_mrr,
    COALESCE(SUM(CASE WHEN moved.kind = 'contraction' THEN -moved.delta END), 0) AS contraction_mrr,
    COALESCE(SUM(CASE WHEN moved.kind = 'churn' THEN -moved.delta END), 0) AS churned_mrr,
    COALESCE(SUM(CASE WHEN moved.kind = 'reactivation' THEN moved.delta END), 0) AS reactivation_mrr,
    COUNT(DISTINCT CASE WHEN moved.kind = 'new' THEN moved.customer_id END) AS new_customers
FROM period
LEFT JOIN open_and_close AS balances USING (period)
LEFT JOIN moved ON moved.period = balances.period AND moved.customer_id = balances.customer_id
LEFT JOIN tiers ON tiers.customer_id = balances.customer_id
GROUP BY GROUPING SETS ((period.period), (period.period, tiers.tier))
HAVING GROUPING(tiers.tier) = 1 OR tiers.tier IS NOT NULL
