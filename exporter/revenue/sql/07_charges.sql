-- What each row of subscription_items pays per month under the policy, over stretches of its interval: while it pays,
-- cut where a discount begins or ends, and then, at zero, while it is held without paying.
SELECT *
FROM (
    SELECT
        prices.source,
        prices.customer_id,
        prices.subscription_id,
        prices.item_id,
        prices.line_id,
        prices.product,
        prices.plan,
        prices.asset_id,
        prices.currency,
        prices.status,
        prices.quantity,
        CASE WHEN part.pays THEN GREATEST(prices.starts_at, reductions.starts_at) ELSE prices.pays_until END AS starts_at,
        CASE WHEN part.pays THEN LEAST(prices.pays_until, reductions.ends_at) ELSE prices.ends_at END AS ends_at,
        prices.cancel_requested_at,
        part.pays,
        CASE WHEN part.pays THEN prices.monthly ELSE 0 END AS listed,
        CASE
            WHEN NOT part.pays THEN 0
            WHEN reductions.item_id IS NULL OR prices.monthly <= 0 THEN prices.monthly
            WHEN reductions.share_left = 1 AND reductions.amount_off = 0 THEN prices.monthly
            ELSE GREATEST(
                0,
                CAST(
                    CAST(prices.monthly AS DECIMAL(26, 10)) * reductions.share_left
                    - reductions.amount_off * prices.numerator / prices.denominator
                    AS DECIMAL(38, 16)
                )
            )
        END AS monthly,
        prices.recorded_at
    FROM prices
    JOIN (SELECT TRUE AS pays UNION ALL SELECT FALSE AS pays) AS part
        ON part.pays OR prices.pays_until < prices.ends_at OR (prices.pays_until IS NOT NULL AND prices.ends_at IS NULL)
    LEFT JOIN reductions
        ON part.pays AND reductions.source = prices.source AND reductions.item_id = prices.item_id
) AS parts
WHERE ends_at IS NULL OR ends_at > starts_at
