-- The share of the A100 GPUs in use at the end of the period.
-- unit: ratio
-- nature: stock
SELECT period, used / capacity AS value
FROM resource_use
WHERE resource = 'gpu_a100'
