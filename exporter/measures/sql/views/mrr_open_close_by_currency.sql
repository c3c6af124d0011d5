-- Per period, what each customer pays per month in each currency at its opening and at its close:
-- the latest of its balances before each, at the rates of the opening and at those of the close.
-- What changes at midnight belongs to the period that begins then. The latest balance in any
-- currency has the customer's state, then and now.
SELECT
    period.period,
    balances.customer_id,
    balances.currency,
    balances.effective_at < period.starts AS opens,
    balances.until IS NULL OR balances.until >= period.ends AS closes,
    CASE
        WHEN period_fx_rates.currency IS NULL THEN balances.after_native
        ELSE
            CAST(
                CAST(balances.after_native AS DECIMAL(26, 10))
                * period_fx_rates.opening AS DECIMAL(38, 16)
            )
    END AS at_opening,
    CASE
        WHEN period_fx_rates.currency IS NULL THEN balances.after_native
        ELSE
            CAST(
                CAST(balances.after_native AS DECIMAL(26, 10))
                * period_fx_rates.closing AS DECIMAL(38, 16)
            )
    END AS at_close,
    period_fx_rates.currency IS NOT NULL AS is_foreign,
    CASE
        WHEN customer_states.customer_id IS NULL THEN balances.after_native > 0
        ELSE
            customer_states.paying
            AND (customer_states.until IS NULL OR customer_states.until >= period.starts)
    END AS paid_before,
    CASE
        WHEN customer_states.customer_id IS NULL THEN balances.after_native > 0
        ELSE
            customer_states.paying
            AND (customer_states.until IS NULL OR customer_states.until >= period.ends)
    END AS pays,
    COALESCE(
        customer_states.on_hold
        AND (customer_states.until IS NULL OR customer_states.until >= period.starts),
        FALSE
    )
        AS on_hold_before,
    COALESCE(
        customer_states.on_hold
        AND (customer_states.until IS NULL OR customer_states.until >= period.ends),
        FALSE
    ) AS on_hold
FROM period
JOIN balances
    ON
        balances.effective_at < period.ends
        AND (balances.until IS NULL OR balances.until >= period.starts)
        AND (
            balances.effective_at < period.starts
            OR balances.until IS NULL
            OR balances.until >= period.ends
        )
LEFT JOIN customer_states
    ON
        customer_states.customer_id = balances.customer_id
        AND customer_states.effective_at = balances.effective_at
LEFT JOIN
    period_fx_rates
    ON period_fx_rates.period = period.period AND period_fx_rates.currency = balances.currency
