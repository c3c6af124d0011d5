-- Per period, each customer who had a line by its end, in its tier, with every movement it made in
-- the period; who made none is there too, without a kind, so that what moved in a tier is known to
-- be nothing.
SELECT balances.period, balances.customer_id, balances.tier, moved.kind, moved.delta
FROM mrr_open_close_by_tier AS balances
LEFT JOIN moved ON moved.period = balances.period AND moved.customer_id = balances.customer_id
