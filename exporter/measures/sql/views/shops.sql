-- One row per store, also where several sources report the same store.
SELECT
    store_id,
    MAX(format) AS format,
    MIN(opened_on) AS opened_on,
    MAX(closed_on) AS closed_on,
    MAX(selling_area) AS selling_area
FROM stores
GROUP BY store_id
