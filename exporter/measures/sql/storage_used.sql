-- NVMe storage in use at the end of the period.
-- unit: bytes
-- nature: stock
SELECT period, used AS value
FROM resource_use
WHERE resource = 'nvme'
