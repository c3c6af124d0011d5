-- Per period and customer, what is paid per month at its opening and at its close, each at the
-- rates of its day, what is paid at the close at the rates of the opening, and whether the customer
-- pays, then and now, or is on hold: it paused and may resume.
-- materialized: true
SELECT
    period,
    customer_id,
    SUM(CASE WHEN opens THEN at_opening ELSE 0 END) AS opening,
    SUM(CASE WHEN closes THEN at_close ELSE 0 END) AS closing,
    SUM(CASE WHEN closes THEN at_opening ELSE 0 END) AS unmoved,
    MAX(CASE WHEN opens AND paid_before THEN 1 ELSE 0 END) = 1 AS paid_before,
    MAX(CASE WHEN opens AND on_hold_before THEN 1 ELSE 0 END) = 1 AS on_hold_before,
    MAX(CASE WHEN closes AND pays THEN 1 ELSE 0 END) = 1 AS pays,
    MAX(CASE WHEN closes AND on_hold THEN 1 ELSE 0 END) = 1 AS on_hold
FROM mrr_open_close_by_currency
GROUP BY period, customer_id
