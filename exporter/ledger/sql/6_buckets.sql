-- The changes of one customer and currency, netted within the policy's grain: an instant, a day or a month of the
-- company's time zone. What takes nothing away and adds nothing is no change. To the evidence come 128 where list
-- prices changed, 256 where quantities did, and 512 where plans did.
SELECT
    customer_id,
    currency,
    MAX(changed_at) AS effective_at,
    MAX(recorded_at) AS known_at,
    SUM(amount) AS delta,
    CAST(SUM(held) AS INTEGER) AS held,
    CAST(SUM(paused) AS INTEGER) AS paused,
    BIT_OR(evidence)
        + CASE WHEN SUM(listed) <> 0 THEN 128 ELSE 0 END
        + CASE WHEN SUM(quantity) <> 0 THEN 256 ELSE 0 END
        + CASE WHEN MIN(plan) <> MAX(plan) THEN 512 ELSE 0 END AS evidence
FROM (
    SELECT
        changes.*,
        CASE
            WHEN $grain = 'event' THEN changed_at
            WHEN $grain = 'month' THEN DATE_TRUNC('month', changed_at)
            ELSE CAST(changed_at AS DATE)
        END AS bucket
    FROM changes
) AS dated
GROUP BY customer_id, currency, bucket
HAVING SUM(amount) <> 0 OR SUM(held) <> 0 OR SUM(paused) <> 0
