-- What a sample of files says of its dataset; sampling.c makes estimates of it.

-- name: sample_files
-- One row a file: whether its series are known, its weights (bytes of the id columns, rows), and its part of each figure.
-- Sums over series take those that are in no other file.
WITH named AS (
    SELECT lower(unnest(json_extract_string(series_id_columns, '$[*]'))) AS name
    FROM datasets
    WHERE dataset_id = $dataset
),
f AS (
    SELECT file_id, key, rows, depth_rank(depth) >= 2 AS drawn
    FROM files
    WHERE dataset_id = $dataset AND state = 'ok'
),
b AS (
    SELECT c.file_id, sum(c.bytes) AS bytes
    FROM columns c
    JOIN f ON f.file_id = c.file_id
    WHERE lower(c.name) IN (SELECT name FROM named)
    GROUP BY c.file_id
),
n AS (
    SELECT s.file_id, sum(s.rows - s.times) AS null_times
    FROM spans s
    JOIN f ON f.file_id = s.file_id
    GROUP BY s.file_id
),
p AS (
    SELECT DISTINCT s.file_id, s.series_id
    FROM spans s
    JOIN f ON f.file_id = s.file_id
),
y AS (
    SELECT p.file_id,
           count(*) FILTER (m.file_count = 1) AS alone,
           count(*) FILTER (m.file_count = 2) AS with_one,
           count(*) FILTER (m.file_count = 3) AS with_two,
           sum(m.gaps) FILTER (m.file_count = 1) AS gaps,
           sum(m.missing_times) FILTER (m.file_count = 1) AS missing_times,
           sum(m.duplicate_times) FILTER (m.file_count = 1) AS duplicate_times,
           sum(m.out_of_order_times) FILTER (m.file_count = 1) AS out_of_order_times,
           count(*) FILTER (m.file_count = 1 AND m.gaps > 0) AS series_with_gaps,
           count(*) FILTER (m.file_count = 1 AND m.duplicate_times > 0) AS series_with_duplicates,
           count(*) FILTER (m.file_count = 1 AND m.out_of_order_times > 0) AS series_out_of_order,
           count(*) FILTER (m.file_count = 1 AND m.frequency = 'irregular') AS series_irregular,
           count(*) FILTER (m.file_count = 1 AND m.steps_quality <> 'exact') AS series_unordered
    FROM p
    JOIN series_metadata m ON m.dataset_id = $dataset AND m.series_id = p.series_id
    GROUP BY p.file_id
)
SELECT f.drawn,
       coalesce(b.bytes, 0)::DOUBLE,
       f.rows::DOUBLE,
       coalesce(y.alone, 0)::DOUBLE,
       coalesce(y.with_one, 0)::DOUBLE,
       coalesce(y.with_two, 0)::DOUBLE,
       coalesce(n.null_times, 0)::DOUBLE,
       coalesce(y.gaps, 0)::DOUBLE,
       coalesce(y.missing_times, 0)::DOUBLE,
       coalesce(y.duplicate_times, 0)::DOUBLE,
       coalesce(y.out_of_order_times, 0)::DOUBLE,
       coalesce(y.series_with_gaps, 0)::DOUBLE,
       coalesce(y.series_with_duplicates, 0)::DOUBLE,
       coalesce(y.series_out_of_order, 0)::DOUBLE,
       coalesce(y.series_irregular, 0)::DOUBLE,
       coalesce(y.series_unordered, 0)::DOUBLE
FROM f
LEFT JOIN b ON b.file_id = f.file_id
LEFT JOIN n ON n.file_id = f.file_id
LEFT JOIN y ON y.file_id = f.file_id
ORDER BY f.key;

-- name: sample_put
-- What follows from the sample in place of what its files say of themselves. Lengths are those of complete series: where
-- series are in several files, which of them are complete cannot be told.
UPDATE datasets SET
    total_series = $total_series,
    total_series_low = $series_low,
    total_series_high = $series_high,
    avg_series_length = $length,
    avg_series_length_low = $length_low,
    avg_series_length_high = $length_high,
    min_series_length = CASE WHEN NOT $shared THEN min_series_length END,
    max_series_length = CASE WHEN NOT $shared THEN max_series_length END,
    near_ids = NULL,
    null_times = CASE WHEN $with_time THEN $null_times END,
    gaps = CASE WHEN $with_time THEN $gaps END,
    missing_times = CASE WHEN $with_time THEN $missing_times END,
    duplicate_times = CASE WHEN $with_time THEN $duplicate_times END,
    out_of_order_times = CASE WHEN $with_time THEN $out_of_order_times END,
    series_with_gaps = CASE WHEN $with_time THEN $series_with_gaps END,
    series_with_duplicates = CASE WHEN $with_time THEN $series_with_duplicates END,
    series_out_of_order = CASE WHEN $with_time THEN $series_out_of_order END,
    series_irregular = CASE WHEN $with_time THEN $series_irregular END,
    series_unordered = CASE WHEN $with_time THEN $series_unordered END,
    files_sampled = $files,
    sample_seed = $seed,
    sampling = $sampling
WHERE dataset_id = $dataset;

-- name: sample_series
SELECT count(*)::DOUBLE, coalesce(max(file_count) > 1, false) FROM series_metadata WHERE dataset_id = $dataset;
