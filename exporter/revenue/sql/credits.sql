-- What counts of the lines with a price below 0: they lower what the customer's other lines pay in
-- the same currency, and never below nothing. So each is cut wherever a line of the customer begins
-- or ends, and counts as far as the charges of that stretch go, one after the other.
WITH credited AS (
    SELECT DISTINCT customer_id FROM subscription_items
    WHERE unit_amount < 0
),

own AS (
    SELECT charges.*
    FROM charges
    JOIN credited ON credited.customer_id = charges.customer_id
    WHERE charges.pays
),

cuts AS (
    SELECT customer_id, currency, starts_at AS cut_at FROM own
    UNION
    SELECT customer_id, currency, ends_at FROM own
    WHERE ends_at IS NOT NULL
),

stretches AS (
    SELECT
        customer_id,
        currency,
        cut_at AS starts_at,
        LEAD(cut_at) OVER (PARTITION BY customer_id, currency ORDER BY cut_at) AS ends_at
    FROM cuts
),

charged AS (
    SELECT
        stretches.customer_id,
        stretches.currency,
        stretches.starts_at,
        stretches.ends_at,
        SUM(CASE WHEN own.monthly > 0 THEN own.monthly ELSE 0 END) AS monthly
    FROM stretches
    JOIN own
        ON
            own.customer_id = stretches.customer_id
            AND own.currency = stretches.currency
            AND own.starts_at <= stretches.starts_at
            AND (own.ends_at IS NULL OR own.ends_at > stretches.starts_at)
    GROUP BY stretches.customer_id, stretches.currency, stretches.starts_at, stretches.ends_at
),

queued AS (
    SELECT
        own.source,
        own.item_id,
        charged.starts_at,
        charged.ends_at,
        own.monthly,
        charged.monthly + SUM(own.monthly) OVER (
            PARTITION BY charged.customer_id, charged.currency, charged.starts_at
            ORDER BY own.source, own.item_id
            ROWS UNBOUNDED PRECEDING
        ) AS left_over
    FROM charged
    JOIN own
        ON
            own.customer_id = charged.customer_id
            AND own.currency = charged.currency
            AND own.starts_at <= charged.starts_at
            AND (own.ends_at IS NULL OR own.ends_at > charged.starts_at)
    WHERE own.monthly < 0
)

SELECT
    source,
    item_id,
    starts_at,
    ends_at,
    CASE WHEN left_over >= 0 THEN monthly ELSE LEAST(0, monthly - left_over) END AS monthly
FROM queued
