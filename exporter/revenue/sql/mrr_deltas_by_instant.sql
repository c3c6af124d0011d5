-- The deltas of one customer and currency at one instant, summed. A sum that changes nothing is
-- left out.
SELECT
    customer_id,
    currency,
    changed_at AS effective_at,
    MAX(recorded_at) AS known_at,
    SUM(amount) AS delta,
    SUM(listed) AS listed,
    SUM(quantity) AS quantity,
    CAST(SUM(held) AS INTEGER) AS held,
    CAST(SUM(paused) AS INTEGER) AS paused,
    BIT_OR(change_flags) AS change_flags,
    MIN(plan) AS first_plan,
    MAX(plan) AS last_plan
FROM mrr_deltas
GROUP BY customer_id, currency, changed_at
HAVING SUM(amount) <> 0 OR SUM(held) <> 0 OR SUM(paused) <> 0
