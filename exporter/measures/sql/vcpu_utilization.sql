-- The share of all vCPUs in use at the end of the period.
-- unit: ratio
-- nature: stock
SELECT period, used / capacity AS value
FROM resource_use
WHERE resource = 'vcpu'
