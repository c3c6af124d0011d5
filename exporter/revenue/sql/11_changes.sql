-- Each beginning of a line adds what it pays, each end takes it away. `evidence` collects what a reason is told from:
-- 1 a trial ended, 2 past due ended, 4 unpaid began, 8 a pause began, 16 a pause ended, 32 a line began, 64 one ended,
-- 1024 one began that pays.
-- Plans go by numbers, which are compared faster than names.
SELECT
    lines.customer_id,
    lines.currency,
    CASE WHEN edge.sign = 1 THEN lines.starts_at ELSE lines.ends_at END AS changed_at,
    CASE WHEN edge.sign = 1 THEN lines.monthly ELSE -lines.monthly END AS amount,
    CASE WHEN edge.sign = 1 THEN lines.listed ELSE -lines.listed END AS listed,
    CASE WHEN edge.sign = 1 THEN CAST(lines.quantity AS DECIMAL(18, 8)) ELSE -CAST(lines.quantity AS DECIMAL(18, 8)) END AS quantity,
    CAST(CASE WHEN lines.status IN ('active', 'trialing', 'past_due', 'paused') THEN edge.sign ELSE 0 END AS SMALLINT) AS held,
    CAST(CASE WHEN lines.status = 'paused' AND NOT lines.pays THEN edge.sign ELSE 0 END AS SMALLINT) AS paused,
    CASE WHEN edge.sign = 1
        THEN 32
            + CASE
                WHEN lines.pays THEN 1024
                WHEN lines.status = 'unpaid' THEN 4
                WHEN lines.status = 'paused' THEN 8
                ELSE 0
            END
        ELSE 64
            + CASE
                WHEN lines.status = 'trialing' AND NOT lines.pays THEN 1
                WHEN lines.status = 'past_due' AND lines.pays THEN 2
                WHEN lines.status = 'paused' AND NOT lines.pays THEN 16
                ELSE 0
            END
    END AS evidence,
    plans.number AS plan,
    lines.recorded_at
FROM lines
JOIN plan_numbers AS plans ON plans.name = COALESCE(lines.plan, lines.product, '')
JOIN (SELECT 1 AS sign UNION ALL SELECT -1 AS sign) AS edge
    ON edge.sign = 1 OR lines.ends_at IS NOT NULL
