-- What each row of subscription_items pays per month under the policy, by intervals of the row:
-- those in which it pays, cut where a discount begins or ends, and, at zero, the one in which it is
-- held without paying.
SELECT *
FROM (
    SELECT
        monthly_prices.source,
        monthly_prices.customer_id,
        monthly_prices.subscription_id,
        monthly_prices.item_id,
        monthly_prices.line_id,
        monthly_prices.product,
        monthly_prices.plan,
        monthly_prices.asset_id,
        monthly_prices.currency,
        monthly_prices.status,
        monthly_prices.quantity,
        CASE
            WHEN part.pays THEN GREATEST(monthly_prices.starts_at, discount_intervals.starts_at)
            ELSE monthly_prices.pays_until
        END AS starts_at,
        CASE
            WHEN part.pays THEN LEAST(monthly_prices.pays_until, discount_intervals.ends_at)
            ELSE monthly_prices.ends_at
        END AS ends_at,
        monthly_prices.cancel_requested_at,
        part.pays,
        CASE WHEN part.pays THEN monthly_prices.monthly ELSE 0 END AS listed,
        CASE
            WHEN NOT part.pays THEN 0
            WHEN
                discount_intervals.item_id IS NULL OR monthly_prices.monthly <= 0
                THEN monthly_prices.monthly
            WHEN
                discount_intervals.share_left = 1 AND discount_intervals.amount_off = 0
                THEN monthly_prices.monthly
            ELSE GREATEST(
                0,
                CAST(
                    CAST(monthly_prices.monthly AS DECIMAL(26, 10)) * discount_intervals.share_left
                    - discount_intervals.amount_off
                    * monthly_prices.numerator
                    / monthly_prices.denominator
                    AS DECIMAL(38, 16)
                )
            )
        END AS monthly,
        monthly_prices.recorded_at
    FROM monthly_prices
    JOIN (
        SELECT TRUE AS pays
        UNION ALL
        SELECT FALSE AS pays
    ) AS part
        ON
            part.pays
            OR monthly_prices.pays_until < monthly_prices.ends_at
            OR (monthly_prices.pays_until IS NOT NULL AND monthly_prices.ends_at IS NULL)
    LEFT JOIN discount_intervals
        ON
            part.pays
            AND discount_intervals.source = monthly_prices.source
            AND discount_intervals.item_id = monthly_prices.item_id
) AS parts
WHERE ends_at IS NULL OR ends_at > starts_at
