-- The figures of one dataset from its files and spans. Sums, minima and maxima, and spans in an order of their content:
-- the same for any order of files. merge.c makes series of spans.

-- name: agg_files
-- All that the figures of a dataset ask of its files (dataset_files.c).
SELECT file_id, key, size, rows, elements, depth, state = 'ok', time_unit, time_kind, time_utc, time_rounded,
       coalesce(time_grain, 0), time_error IS NOT NULL
FROM files
WHERE dataset_id = $dataset
ORDER BY key;

-- name: agg_unit_bounds
SELECT unit_of(f.time_unit, f.time_kind, $index) AS unit, min(s.t_min), max(s.t_max)
FROM spans s
JOIN files f ON f.file_id = s.file_id
WHERE f.dataset_id = $dataset AND f.state = 'ok' AND depth_rank(f.depth) >= 3 AND s.times > 0
GROUP BY unit;

-- name: agg_errors
SELECT count(*), min_by(CASE key WHEN '' THEN reason ELSE key || ': ' || reason END, (key, code))
FROM failures
WHERE dataset_id = $dataset AND severity = 'error';

-- name: agg_targets
SELECT f.file_id, coalesce(c.field, c.name)
FROM columns c
JOIN files f ON f.file_id = c.file_id
WHERE f.dataset_id = $dataset AND f.state = 'ok' AND f.depth = 'values' -- lower where the targets are others now
      AND c.target IS NOT NULL
ORDER BY f.key, c.target;

-- name: agg_spans
-- All spans of the dataset, in any order. row_group counts from 1; 0: the whole file.
SELECT s.series_id, s.rows, s.times, s.t_min, s.t_max, s.steps, s.value_states, s.file_id,
       coalesce(s.row_group::BIGINT + 1, 0), s.first_row
FROM spans s
JOIN files f ON f.file_id = s.file_id
WHERE f.dataset_id = $dataset AND f.state = 'ok' AND depth_rank(f.depth) >= 2;

-- name: agg_spans_of_file
SELECT series_id, rows, times, t_min, t_max, steps, value_states, file_id, coalesce(row_group::BIGINT + 1, 0), first_row
FROM spans
WHERE file_id = $file;

-- name: near_ids
-- Groups of ids that are one without case, blanks and the zeros that lead a number; two of each, and the sum over all.
-- One part of $parts: a group takes memory that DuckDB does not spill.
SELECT min(series_id) AS first, max(series_id), TRY_CAST(sum(count(*)) OVER () AS BIGINT)
FROM (SELECT series_id, near_form(series_id) AS form FROM series_metadata WHERE dataset_id = $dataset)
WHERE hash(form) % $parts::UBIGINT = $part::UBIGINT
GROUP BY form
HAVING count(*) > 1
ORDER BY first
LIMIT $limit;

-- name: near_ids_among
SELECT min(series_id) AS first, max(series_id), TRY_CAST(sum(count(*)) OVER () AS BIGINT)
FROM (SELECT unnest($ids::VARCHAR[]) AS series_id)
GROUP BY near_form(series_id)
HAVING count(*) > 1
ORDER BY first
LIMIT $limit;

-- name: series_ids
SELECT series_id FROM series_metadata WHERE dataset_id = $dataset;

-- name: note_delete
DELETE FROM failures WHERE dataset_id = $dataset AND key = '' AND code = $code;
