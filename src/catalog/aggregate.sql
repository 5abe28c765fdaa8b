-- The figures of one dataset from its files and spans. Sums, minima and maxima only: the same for any order of files.

-- name: agg_files
SELECT count(*) FILTER (state = 'ok'),
       count(*) FILTER (state = 'failed'),
       TRY_CAST(sum(rows) FILTER (state = 'ok') AS BIGINT),
       TRY_CAST(coalesce(sum(size), 0) AS BIGINT),
       TRY_CAST(coalesce(sum(size) FILTER (state = 'failed'), 0) AS BIGINT),
       min(depth_rank(depth)) FILTER (state = 'ok'),
       max(depth_rank(depth)) FILTER (state = 'ok'),
       coalesce(bool_or(time_rounded) FILTER (state = 'ok'), false),
       coalesce(bool_and(time_utc) FILTER (state = 'ok' AND depth = 'time' AND time_unit <> 'none'), false),
       count(DISTINCT time_utc) FILTER (state = 'ok' AND depth = 'time' AND time_unit <> 'none')
FROM files
WHERE dataset_id = $dataset;

-- name: agg_units
SELECT DISTINCT time_unit
FROM files
WHERE dataset_id = $dataset AND state = 'ok' AND depth = 'time' AND time_unit <> 'none';

-- name: agg_unit_bounds
SELECT f.time_unit, min(s.t_min), max(s.t_max)
FROM spans s
JOIN files f ON f.file_id = s.file_id
WHERE f.dataset_id = $dataset AND f.state = 'ok' AND f.depth = 'time' AND s.times > 0
GROUP BY f.time_unit;

-- name: agg_errors
SELECT count(*), min_by(CASE key WHEN '' THEN reason ELSE key || ': ' || reason END, (key, code))
FROM failures
WHERE dataset_id = $dataset AND severity = 'error';

-- name: agg_series
-- Spans are summed up per file first, so that files can be counted without a set of them for every series.
INSERT INTO series_metadata
WITH f AS (
    SELECT file_id, key, depth, time_unit, row_number() OVER (ORDER BY key) AS place
    FROM files
    WHERE dataset_id = $dataset AND state = 'ok' AND depth_rank(depth) >= 2
),
per_file AS (
    SELECT series_id, file_id, sum(rows) AS rows, count(*) AS spans, sum(times) AS times,
           min(t_min) AS t_min, max(t_max) AS t_max
    FROM spans
    WHERE file_id IN (SELECT file_id FROM f)
    GROUP BY series_id, file_id
),
per_series AS (
    SELECT p.series_id,
           sum(p.rows) AS rows,
           count(*) AS files,
           sum(p.spans) AS spans,
           sum(p.times) AS times,
           bool_and(f.depth = 'time') AND $unit <> 'none' AS timed,
           min(convert_time(p.t_min, f.time_unit, $unit)) AS first_time,
           max(convert_time(p.t_max, f.time_unit, $unit)) AS last_time,
           min(f.place) AS place
    FROM per_file p
    JOIN f ON f.file_id = p.file_id
    GROUP BY p.series_id
)
SELECT $dataset,
       s.series_id,
       series_id_parts(s.series_id, $parts),
       TRY_CAST(s.rows AS BIGINT),
       s.files,
       s.spans,
       CASE WHEN s.timed THEN s.first_time END,
       CASE WHEN s.timed THEN s.last_time END,
       CASE WHEN s.timed THEN timestamp_of(s.first_time, $unit) END,
       CASE WHEN s.timed THEN timestamp_of(s.last_time, $unit) END,
       CASE WHEN s.timed THEN TRY_CAST(s.rows - s.times AS BIGINT) END,
       f.key,
       $quality
FROM per_series s
JOIN f ON f.place = s.place;

-- name: agg_dataset
UPDATE datasets SET
    total_series = CASE WHEN $with_series THEN s.series END,
    total_records = $records,
    total_bytes = $bytes,
    avg_series_length = CASE WHEN $with_series THEN s.records / s.series END,
    min_series_length = CASE WHEN $with_series THEN s.shortest END,
    max_series_length = CASE WHEN $with_series THEN s.longest END,
    time_unit = $unit,
    time_utc = $utc,
    first_time = CASE WHEN $with_time THEN s.first_time END,
    last_time = CASE WHEN $with_time THEN s.last_time END,
    first_timestamp = CASE WHEN $with_time THEN s.first_timestamp END,
    last_timestamp = CASE WHEN $with_time THEN s.last_timestamp END,
    null_times = CASE WHEN $with_time THEN s.null_times END,
    data_file_count = $files,
    files_failed = $files_failed,
    bytes_failed = $bytes_failed,
    depth = $depth,
    quality = $quality,
    quality_note = $note,
    indexing_status = $status,
    indexing_error = $error,
    updated_at = make_timestamp($now)
FROM (
    SELECT count(*) AS series,
           sum(record_count)::DOUBLE AS records,
           min(record_count) AS shortest,
           max(record_count) AS longest,
           min(first_time) AS first_time,
           max(last_time) AS last_time,
           min(first_timestamp) AS first_timestamp,
           max(last_timestamp) AS last_timestamp,
           TRY_CAST(sum(null_times) AS BIGINT) AS null_times
    FROM series_metadata
    WHERE dataset_id = $dataset
) s
WHERE datasets.dataset_id = $dataset;
