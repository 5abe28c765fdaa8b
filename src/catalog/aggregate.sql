-- The figures of one dataset from its files and spans. Sums, minima and maxima, and spans in an order of their content:
-- the same for any order of files. merge.c makes series of spans.

-- name: agg_files
SELECT count(*) FILTER (state = 'ok'),
       count(*) FILTER (state = 'failed'),
       TRY_CAST(sum(coalesce(elements, rows)) FILTER (state = 'ok') AS BIGINT),
       TRY_CAST(coalesce(sum(size), 0) AS BIGINT),
       TRY_CAST(coalesce(sum(size) FILTER (state = 'failed'), 0) AS BIGINT),
       min(depth_rank(depth)) FILTER (state = 'ok'),
       max(depth_rank(depth)) FILTER (state = 'ok'),
       coalesce(bool_or(time_rounded) FILTER (state = 'ok'), false),
       coalesce(bool_and(time_utc) FILTER (state = 'ok' AND depth_rank(depth) >= 3 AND time_unit NOT IN ('none', 'index')), false),
       count(DISTINCT time_utc) FILTER (state = 'ok' AND depth_rank(depth) >= 3 AND time_unit NOT IN ('none', 'index')),
       min(depth_rank(depth)) FILTER (state = 'ok' AND depth_rank(depth) >= 2),
       TRY_CAST(coalesce(sum(rows) FILTER (state = 'failed'), 0) AS BIGINT),
       count(*) FILTER (state = 'failed' AND rows IS NULL),
       count(*) FILTER (state = 'ok' AND time_error IS NOT NULL),
       -- Rows of unread files are no records where those of read ones are none.
       coalesce(bool_or(elements IS NOT NULL) FILTER (state = 'ok'), false)
           AND coalesce(bool_or(depth_rank(depth) < 2) FILTER (state = 'ok'), false)
FROM files
WHERE dataset_id = $dataset;

-- name: agg_units
-- Integers without a value have a kind and no unit.
SELECT time_unit, time_kind, min(coalesce(time_grain, 0))
FROM files
WHERE dataset_id = $dataset AND state = 'ok' AND depth_rank(depth) >= 3
      AND (time_unit <> 'none' OR time_kind = 'integer')
GROUP BY time_unit, time_kind
ORDER BY time_unit, time_kind;

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

-- name: agg_places
-- The files whose spans count, in the order of their places in agg_spans.
SELECT key, unit_of(time_unit, time_kind, $index), depth_rank(depth) >= 3 AND time_error IS NULL
FROM files
WHERE dataset_id = $dataset AND state = 'ok' AND depth_rank(depth) >= 2
ORDER BY key;

-- name: agg_targets
WITH f AS (
    SELECT file_id, depth, row_number() OVER (ORDER BY key) - 1 AS place
    FROM files
    WHERE dataset_id = $dataset AND state = 'ok' AND depth_rank(depth) >= 2
)
SELECT f.place, coalesce(c.field, c.name)
FROM columns c
JOIN f ON f.file_id = c.file_id
WHERE c.target IS NOT NULL AND f.depth = 'values' -- lower where the targets are others now
ORDER BY f.place, c.target;

-- name: agg_spans
-- All spans of the dataset, in any order. row_group counts from 1; 0: the whole file.
WITH f AS (
    SELECT file_id, row_number() OVER (ORDER BY key) - 1 AS place
    FROM files
    WHERE dataset_id = $dataset AND state = 'ok' AND depth_rank(depth) >= 2
)
SELECT s.series_id, s.rows, s.times, s.t_min, s.t_max, s.steps, s.value_states, f.place,
       coalesce(s.row_group::BIGINT + 1, 0), s.first_row
FROM spans s
JOIN f ON f.file_id = s.file_id;

-- name: near_ids
-- Groups of ids that are one without case, blanks and the zeros that lead a number; two of each, and the sum over all.
SELECT min(series_id) AS first, max(series_id), TRY_CAST(sum(count(*)) OVER () AS BIGINT)
FROM series_metadata
WHERE dataset_id = $dataset
GROUP BY regexp_replace(translate(lower(series_id), chr(9) || chr(10) || chr(13) || ' ', ''),
                        '(^|[^0-9])0+([0-9])', '\1\2', 'g')
HAVING count(*) > 1
ORDER BY first
LIMIT $limit;

-- name: note_delete
DELETE FROM failures WHERE dataset_id = $dataset AND key = '' AND code = $code;

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
    drifting_columns = $drifting,
    near_ids = CASE WHEN $with_series THEN $near_ids END,
    time_kind = $kind,
    detected_frequency = CASE WHEN $with_time THEN m.frequency END,
    detected_frequency_share = CASE WHEN $with_time THEN m.series / s.with_frequency END,
    gaps = CASE WHEN $with_time THEN s.gaps END,
    missing_times = CASE WHEN $with_time THEN s.missing_times END,
    duplicate_times = CASE WHEN $with_time THEN s.duplicate_times END,
    out_of_order_times = CASE WHEN $with_time THEN s.out_of_order_times END,
    series_with_gaps = CASE WHEN $with_time THEN s.series_with_gaps END,
    series_with_duplicates = CASE WHEN $with_time THEN s.series_with_duplicates END,
    series_out_of_order = CASE WHEN $with_time THEN s.series_out_of_order END,
    series_irregular = CASE WHEN $with_time THEN s.series_irregular END,
    series_unordered = CASE WHEN $with_time THEN s.series_unordered END,
    targets_origin = CASE WHEN NOT $with_values THEN NULL WHEN datasets.targets <> '[]' THEN 'metadata' ELSE 'type' END,
    value_targets = CASE WHEN $with_values THEN w.names END,
    value_count = CASE WHEN $with_values THEN w.rows END,
    value_nulls = CASE WHEN $with_values THEN w.nulls END,
    value_nans = CASE WHEN $with_values THEN w.nans END,
    value_infinities = CASE WHEN $with_values THEN w.infinities END,
    value_zeros = CASE WHEN $with_values THEN w.zeros END,
    value_negatives = CASE WHEN $with_values THEN w.negatives END,
    constant_series = CASE WHEN $with_values THEN w.constant END,
    intermittent_series = CASE WHEN $with_values THEN w.intermittent END,
    values_unordered = CASE WHEN $with_values THEN w.unordered END,
    data_file_count = $files,
    files_failed = $files_failed,
    bytes_failed = $bytes_failed,
    rows_failed = $rows_failed,
    files_without_time = $without_time,
    files_sampled = NULL,
    sample_seed = NULL,
    total_series_low = NULL,
    total_series_high = NULL,
    avg_series_length_low = NULL,
    avg_series_length_high = NULL,
    sampling = NULL,
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
           TRY_CAST(sum(null_times) AS BIGINT) AS null_times,
           count(frequency)::DOUBLE AS with_frequency,
           TRY_CAST(sum(gaps) AS BIGINT) AS gaps,
           TRY_CAST(sum(missing_times) AS BIGINT) AS missing_times,
           TRY_CAST(sum(duplicate_times) AS BIGINT) AS duplicate_times,
           TRY_CAST(sum(out_of_order_times) AS BIGINT) AS out_of_order_times,
           count(*) FILTER (gaps > 0) AS series_with_gaps,
           count(*) FILTER (duplicate_times > 0) AS series_with_duplicates,
           count(*) FILTER (out_of_order_times > 0) AS series_out_of_order,
           count(*) FILTER (frequency = 'irregular') AS series_irregular,
           count(*) FILTER (steps_quality <> 'exact') AS series_unordered
    FROM series_metadata
    WHERE dataset_id = $dataset
) s
LEFT JOIN (
    SELECT frequency, count(*) AS series
    FROM series_metadata
    WHERE dataset_id = $dataset AND frequency IS NOT NULL
    GROUP BY frequency
    ORDER BY series DESC, frequency
    LIMIT 1
) m ON true
CROSS JOIN (
    SELECT count(DISTINCT target) AS names,
           TRY_CAST(coalesce(sum(rows), 0) AS BIGINT) AS rows,
           TRY_CAST(coalesce(sum(nulls), 0) AS BIGINT) AS nulls,
           TRY_CAST(coalesce(sum(nans), 0) AS BIGINT) AS nans,
           TRY_CAST(coalesce(sum(positive_infinities + negative_infinities), 0) AS BIGINT) AS infinities,
           TRY_CAST(coalesce(sum(zeros), 0) AS BIGINT) AS zeros,
           TRY_CAST(coalesce(sum(negatives), 0) AS BIGINT) AS negatives,
           count(*) FILTER (is_constant) AS constant,
           count(*) FILTER (demand IN ('intermittent', 'lumpy')) AS intermittent,
           count(*) FILTER (longest_flat_run IS NULL) AS unordered
    FROM series_values
    WHERE dataset_id = $dataset
) w
WHERE datasets.dataset_id = $dataset;
