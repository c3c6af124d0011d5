-- The intervals between the beginnings and ends of a row's discounts, each with the share of the
-- price that all percentages together leave, and the amount off per billing interval. Rows without
-- discounts have no intervals.
WITH cuts AS (
    SELECT source, item_id, item_starts_at AS cut_at FROM item_discounts
    UNION
    SELECT source, item_id, starts_at FROM item_discounts
    WHERE starts_at > item_starts_at
    UNION
    SELECT source, item_id, ends_at FROM item_discounts
    WHERE ends_at > item_starts_at
),

intervals AS (
    SELECT
        source,
        item_id,
        cut_at AS starts_at,
        LEAD(cut_at) OVER (PARTITION BY source, item_id ORDER BY cut_at) AS ends_at
    FROM cuts
)

SELECT
    intervals.source,
    intervals.item_id,
    intervals.starts_at,
    intervals.ends_at,
    CASE
        WHEN MAX(item_discounts.percent_off) IS NULL THEN 1
        WHEN MAX(item_discounts.percent_off) >= 100 THEN 0
        ELSE
            CAST(
                EXP(
                    SUM(
                        LN(
                            CASE
                                WHEN
                                    item_discounts.percent_off < 100
                                    THEN 1 - item_discounts.percent_off / 100
                                ELSE 1
                            END
                        )
                    )
                ) AS DECIMAL(13, 12)
            )
    END AS share_left,
    COALESCE(SUM(item_discounts.amount_off), 0) AS amount_off
FROM intervals
LEFT JOIN item_discounts
    ON
        item_discounts.source = intervals.source
        AND item_discounts.item_id = intervals.item_id
        AND item_discounts.starts_at <= intervals.starts_at
        AND (item_discounts.ends_at IS NULL OR item_discounts.ends_at > intervals.starts_at)
GROUP BY intervals.source, intervals.item_id, intervals.starts_at, intervals.ends_at
