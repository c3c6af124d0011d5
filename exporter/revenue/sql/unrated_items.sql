-- The rows of subscription_items that the ledger leaves out: all rows of an unrated line, since one
-- row alone would appear to begin where the one before it ended.
SELECT items.source, items.item_id, lacking.currency, lacking.needed_on
FROM subscription_items AS items
JOIN unrated_lines AS lacking
    ON
        lacking.source = items.source
        AND lacking.customer_id = items.customer_id
        AND lacking.subscription_id = items.subscription_id
        AND lacking.line_id = COALESCE(items.line_id, items.item_id)
