-- What counts of lines with a price below 0: they lower what the customer's other lines pay in the
-- same currency, but not below 0. Each is cut wherever a line of the customer begins or ends, and
-- counts, one after the other, as far as the charges of that interval go.
WITH credited_customers AS (
    SELECT DISTINCT customer_id FROM subscription_items
    WHERE unit_amount < 0
),

paying_charges AS (
    SELECT charges.*
    FROM charges
    JOIN credited_customers ON credited_customers.customer_id = charges.customer_id
    WHERE charges.pays
),

cuts AS (
    SELECT customer_id, currency, starts_at AS cut_at FROM paying_charges
    UNION
    SELECT customer_id, currency, ends_at FROM paying_charges
    WHERE ends_at IS NOT NULL
),

intervals AS (
    SELECT
        customer_id,
        currency,
        cut_at AS starts_at,
        LEAD(cut_at) OVER (PARTITION BY customer_id, currency ORDER BY cut_at) AS ends_at
    FROM cuts
),

interval_charges AS (
    SELECT
        intervals.customer_id,
        intervals.currency,
        intervals.starts_at,
        intervals.ends_at,
        SUM(CASE WHEN paying_charges.monthly > 0 THEN paying_charges.monthly ELSE 0 END) AS monthly
    FROM intervals
    JOIN paying_charges
        ON
            paying_charges.customer_id = intervals.customer_id
            AND paying_charges.currency = intervals.currency
            AND paying_charges.starts_at <= intervals.starts_at
            AND (paying_charges.ends_at IS NULL OR paying_charges.ends_at > intervals.starts_at)
    GROUP BY intervals.customer_id, intervals.currency, intervals.starts_at, intervals.ends_at
),

remaining_charges AS (
    SELECT
        paying_charges.source,
        paying_charges.item_id,
        interval_charges.starts_at,
        interval_charges.ends_at,
        paying_charges.monthly,
        interval_charges.monthly + SUM(paying_charges.monthly) OVER (
            PARTITION BY
                interval_charges.customer_id, interval_charges.currency, interval_charges.starts_at
            ORDER BY paying_charges.source, paying_charges.item_id
            ROWS UNBOUNDED PRECEDING
        ) AS left_over
    FROM interval_charges
    JOIN paying_charges
        ON
            paying_charges.customer_id = interval_charges.customer_id
            AND paying_charges.currency = interval_charges.currency
            AND paying_charges.starts_at <= interval_charges.starts_at
            AND (
                paying_charges.ends_at IS NULL
                OR paying_charges.ends_at > interval_charges.starts_at
            )
    WHERE paying_charges.monthly < 0
)

SELECT
    source,
    item_id,
    starts_at,
    ends_at,
    CASE WHEN left_over >= 0 THEN monthly ELSE LEAST(0, monthly - left_over) END AS monthly
FROM remaining_charges
