-- Each beginning of a line adds what it pays, each end takes it away. `change_flags` says what
-- began or ended there. Plans are numbers, which engines compare faster than names.
SELECT
    lines.customer_id,
    lines.currency,
    CASE WHEN edge.sign = 1 THEN lines.starts_at ELSE lines.ends_at END AS changed_at,
    CASE WHEN edge.sign = 1 THEN lines.monthly ELSE -lines.monthly END AS amount,
    CASE WHEN edge.sign = 1 THEN lines.listed ELSE -lines.listed END AS listed,
    CASE
        WHEN edge.sign = 1 THEN CAST(lines.quantity AS DECIMAL(18, 8)) ELSE
            -CAST(lines.quantity AS DECIMAL(18, 8))
    END AS quantity,
    CAST(
        CASE
            WHEN lines.status IN ('active', 'trialing', 'past_due', 'paused') THEN edge.sign ELSE 0
        END AS SMALLINT
    ) AS held,
    CAST(
        CASE WHEN lines.status = 'paused' AND NOT lines.pays THEN edge.sign ELSE 0 END AS SMALLINT
    ) AS paused,
    CASE
        WHEN edge.sign = 1
            THEN
                $line_began
                + CASE
                    WHEN lines.pays THEN $paying_line_began
                    WHEN lines.status = 'unpaid' THEN $unpaid_began
                    WHEN lines.status = 'paused' THEN $pause_began
                    ELSE 0
                END
        ELSE
            $line_ended
            + CASE
                WHEN lines.status = 'trialing' AND NOT lines.pays THEN $trial_ended
                WHEN lines.status = 'past_due' AND lines.pays THEN $past_due_ended
                WHEN lines.status = 'paused' AND NOT lines.pays THEN $pause_ended
                ELSE 0
            END
    END AS change_flags,
    plans.number AS plan,
    lines.recorded_at
FROM lines
JOIN plan_numbers AS plans ON plans.name = COALESCE(lines.plan, lines.product, '')
JOIN (
    SELECT 1 AS sign
    UNION ALL
    SELECT -1 AS sign
) AS edge
    ON edge.sign = 1 OR lines.ends_at IS NOT NULL
