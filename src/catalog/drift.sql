-- How the columns of a dataset's files differ; the view `drift` (schema_3.sql) says how.

-- name: drift_count
-- Columns that are not the same in all files. Names that differ by case only are one column.
SELECT count(*)
FROM (
    SELECT lower(c.name)
    FROM columns c
    JOIN files f ON f.file_id = c.file_id
    WHERE f.dataset_id = $dataset AND f.state = 'ok'
    GROUP BY lower(c.name)
    HAVING count(DISTINCT c.type) > 1
        OR count(DISTINCT c.name) > 1
        OR count(DISTINCT c.file_id) < (SELECT count(*) FROM files WHERE dataset_id = $dataset AND state = 'ok')
);

-- name: drift_shown
-- One line a column and kind of change, for the note.
SELECT column_name, change, string_agg(variant || ' in ' || files, ', ' ORDER BY files DESC, variant),
       min(files), min(of_files), min(first_file), min(last_file), min(without_file)
FROM drift
WHERE dataset_id = $dataset
GROUP BY column_name, change
ORDER BY column_name, change
LIMIT $limit;

-- name: list_drift
SELECT dataset_id,
       column_name,
       change,
       variant,
       files,
       of_files,
       first_file AS "first_file:key",
       last_file AS "last_file:key",
       without_file AS "without_file:key"
FROM drift
WHERE $dataset IS NULL OR dataset_id = $dataset
ORDER BY dataset_id, column_name, change, files DESC, variant;
