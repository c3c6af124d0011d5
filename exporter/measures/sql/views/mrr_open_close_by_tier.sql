-- The rows of mrr_open_close with each customer's tier.
SELECT
    balances.period,
    balances.customer_id,
    balances.opening,
    balances.closing,
    balances.unmoved,
    balances.paid_before,
    balances.pays,
    balances.on_hold,
    COALESCE(customer_tiers.tier, default_tier.tier) AS tier
FROM mrr_open_close AS balances
LEFT JOIN customer_tiers USING (customer_id)
LEFT JOIN default_tier ON TRUE
