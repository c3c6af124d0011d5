-- Per period, the movements in it. Of a bucket that begins before it or goes on after it, they are
-- netted from what lies in the period, so that opening and movements give the close of any window.
-- materialized: true
SELECT period, customer_id, currency, bucket, effective_at, kind, reason, delta
FROM period_movements
WHERE kind IS NOT NULL
