-- The stretches between the beginnings and ends of a row's discounts, each with the share of the price that is left
-- by all percentages together, and the amount taken off per billing interval. Rows without discounts have none.
WITH cuts AS (
    SELECT source, item_id, item_starts_at AS cut_at FROM granted
    UNION
    SELECT source, item_id, starts_at FROM granted WHERE starts_at > item_starts_at
    UNION
    SELECT source, item_id, ends_at FROM granted WHERE ends_at > item_starts_at
),
stretches AS (
    SELECT
        source,
        item_id,
        cut_at AS starts_at,
        LEAD(cut_at) OVER (PARTITION BY source, item_id ORDER BY cut_at) AS ends_at
    FROM cuts
)
SELECT
    stretches.source,
    stretches.item_id,
    stretches.starts_at,
    stretches.ends_at,
    CASE
        WHEN MAX(granted.percent_off) IS NULL THEN 1
        WHEN MAX(granted.percent_off) >= 100 THEN 0
        ELSE CAST(EXP(SUM(LN(CASE WHEN granted.percent_off < 100 THEN 1 - granted.percent_off / 100 ELSE 1 END))) AS DECIMAL(13, 12))
    END AS share_left,
    COALESCE(SUM(granted.amount_off), 0) AS amount_off
FROM stretches
LEFT JOIN granted
    ON granted.source = stretches.source
    AND granted.item_id = stretches.item_id
    AND granted.starts_at <= stretches.starts_at
    AND (granted.ends_at IS NULL OR granted.ends_at > stretches.starts_at)
GROUP BY stretches.source, stretches.item_id, stretches.starts_at, stretches.ends_at
