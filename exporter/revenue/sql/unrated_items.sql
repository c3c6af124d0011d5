-- The rows of subscription_items that are set aside: all of a line without exchange rates, so that
-- no movement is told where one row of it goes on in another.
SELECT items.source, items.item_id, lacking.currency, lacking.needed_on
FROM subscription_items AS items
JOIN unrated_lines AS lacking
    ON
        lacking.source = items.source
        AND lacking.customer_id = items.customer_id
        AND lacking.subscription_id = items.subscription_id
        AND lacking.line_id = COALESCE(items.line_id, items.item_id)
