-- The changes of one customer and currency, netted within the policy's grain: an instant, a day or a month of the
-- company's time zone. What takes nothing away and adds nothing is no change.
SELECT
    customer_id,
    currency,
    MAX(changed_at) AS effective_at,
    MAX(recorded_at) AS known_at,
    SUM(amount) AS delta,
    SUM(listed) AS listed,
    SUM(quantity) AS quantity,
    SUM(held) AS held,
    SUM(paused) AS paused,
    BIT_OR(evidence) AS evidence,
    MIN(plan) = MAX(plan) AS one_plan
FROM changes
GROUP BY
    customer_id,
    currency,
    CASE WHEN $grain = 'event' THEN changed_at WHEN $grain = 'month' THEN DATE_TRUNC('month', changed_at) END,
    CASE WHEN $grain = 'day' THEN CAST(changed_at AS DATE) END
HAVING SUM(amount) <> 0 OR SUM(held) <> 0 OR SUM(paused) <> 0
