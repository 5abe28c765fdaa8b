-- Column aliases carry the type of the answer's cell: "x:time" is a raw time in the unit of the hidden columns ":unit" and
-- ":utc", "x:json" a JSON document, "x:key" an encoded key (text.h). ":matched" is hidden, too.

-- name: count_datasets
SELECT count(*) FROM datasets WHERE $dataset IS NULL OR dataset_id = $dataset;

-- name: count_failures
SELECT count(*) FROM failures;

-- name: status
SELECT dataset_id,
       total_series AS series,
       total_records AS records,
       data_file_count AS files,
       files_failed,
       total_bytes AS bytes,
       depth,
       quality,
       total_series_low AS series_low,
       total_series_high AS series_high,
       indexing_status AS status,
       first_time AS "first_timestamp:time",
       last_time AS "last_timestamp:time",
       updated_at,
       time_unit AS ":unit",
       time_utc AS ":utc"
FROM datasets
ORDER BY dataset_id;

-- name: list_runs
-- $holder: the process that writes the catalog now; 0: none does, -1: one does, and its number is not known. Every other
-- run that says 'running' was killed.
SELECT run_id,
       CASE WHEN state = 'running' AND $holder <> -1 AND pid <> $holder THEN 'interrupted' ELSE state END
           AS state,
       source,
       started_at,
       coalesce(ended_at, heartbeat_at) AS ended_at,
       coalesce(seconds, date_diff('millisecond', started_at, heartbeat_at) / 1000.0)::DOUBLE AS seconds,
       files_total,
       files_done,
       files_failed,
       files_unchanged,
       bytes_total,
       bytes_done,
       limited,
       peak_memory,
       pid,
       host,
       options AS "options:json",
       counters AS "counters:json"
FROM runs
ORDER BY started_at DESC, run_id DESC
LIMIT $limit;

-- name: count_runs
SELECT count(*) FROM runs;

-- name: list_datasets
SELECT dataset_id,
       name,
       theme,
       source,
       type,
       total_series AS series,
       total_records AS records,
       avg_series_length,
       min_series_length,
       max_series_length,
       data_file_count AS files,
       files_failed,
       total_bytes AS bytes,
       depth,
       quality,
       quality_note,
       total_series_low AS series_low,
       total_series_high AS series_high,
       files_sampled,
       drifting_columns,
       indexing_status AS status,
       first_time AS "first_timestamp:time",
       last_time AS "last_timestamp:time",
       time_unit,
       detected_frequency,
       gaps,
       series_irregular,
       series_id_columns AS "series_id_columns:json",
       time_column,
       tags AS "tags:json",
       description,
       updated_at,
       time_unit AS ":unit",
       time_utc AS ":utc"
FROM datasets
ORDER BY dataset_id
LIMIT $limit;

-- name: show_dataset
SELECT dataset_id,
       name,
       description,
       theme,
       tags AS "tags:json",
       source,
       type,
       frequency,
       storage_location,
       source_uri,
       folder,
       metadata_key,
       series_id_columns AS "series_id_columns:json",
       time_column,
       columns_origin,
       targets AS "targets:json",
       covariates AS "covariates:json",
       tfc_features AS "tfc_features:json",
       total_series,
       total_records,
       total_bytes,
       avg_series_length,
       min_series_length,
       max_series_length,
       first_time AS "first_timestamp:time",
       last_time AS "last_timestamp:time",
       time_kind,
       time_unit,
       time_utc,
       null_times,
       detected_frequency,
       detected_frequency_share,
       gaps,
       missing_times,
       duplicate_times,
       out_of_order_times,
       series_with_gaps,
       series_with_duplicates,
       series_out_of_order,
       series_irregular,
       series_unordered,
       near_ids,
       targets_origin,
       value_targets,
       value_count,
       value_nulls,
       value_nans,
       value_infinities,
       value_zeros,
       value_negatives,
       constant_series,
       intermittent_series,
       values_unordered,
       data_file_count,
       files_failed,
       bytes_failed,
       rows_failed,
       files_without_time,
       files_sampled,
       sample_seed,
       total_series_low,
       total_series_high,
       avg_series_length_low,
       avg_series_length_high,
       sampling AS "sampling:json",
       drifting_columns,
       depth,
       quality,
       quality_note,
       indexing_status,
       indexing_error,
       metadata AS "metadata:json",
       created_at,
       updated_at,
       time_unit AS ":unit",
       time_utc AS ":utc"
FROM datasets
WHERE dataset_id = $dataset;

-- name: dataset_schema
-- One row a column name: types that differ between files give several rows.
SELECT c.name,
       c.type,
       count(*) AS files,
       bool_or(c.nullable) AS nullable,
       TRY_CAST(sum(c.null_count) AS BIGINT) AS null_count,
       TRY_CAST(sum(c.bytes) AS BIGINT) AS bytes
FROM columns c
JOIN files f ON f.file_id = c.file_id
WHERE f.dataset_id = $dataset AND f.state = 'ok'
GROUP BY c.name, c.type
ORDER BY min(c.position), c.name, c.type;

-- name: find_dataset
-- An id goes before a name.
SELECT dataset_id FROM datasets
WHERE dataset_id = $text
   OR (name = $text AND NOT EXISTS (SELECT 1 FROM datasets WHERE dataset_id = $text))
ORDER BY dataset_id;

-- name: near_datasets
SELECT dataset_id
FROM (
    SELECT dataset_id,
           greatest(jaro_winkler_similarity(fold(dataset_id), fold($text)),
                    coalesce(jaro_winkler_similarity(fold(name), fold($text)), 0)) AS likeness
    FROM datasets
)
WHERE likeness >= 0.75
ORDER BY likeness DESC, dataset_id
LIMIT 3;

-- name: find_series
-- "dataset:series" goes before a series id that itself holds the colon.
WITH wanted AS (
    SELECT dataset_id, substr($text, length(dataset_id) + 2) AS series_id, 0 AS rank
    FROM datasets
    WHERE starts_with($text, dataset_id || ':')
    UNION ALL
    SELECT dataset_id, $text, 1 FROM datasets
),
found AS (
    SELECT s.dataset_id, s.series_id, w.rank
    FROM series_metadata s
    JOIN wanted w ON w.dataset_id = s.dataset_id AND w.series_id = s.series_id
)
SELECT DISTINCT dataset_id, series_id
FROM found
WHERE rank = (SELECT min(rank) FROM found)
ORDER BY dataset_id, series_id;

-- name: near_series
WITH wanted AS (
    SELECT dataset_id, substr($text, length(dataset_id) + 2) AS text
    FROM datasets
    WHERE starts_with($text, dataset_id || ':')
    UNION ALL
    SELECT dataset_id, $text
    FROM datasets
    WHERE NOT EXISTS (SELECT 1 FROM datasets WHERE starts_with($text, dataset_id || ':'))
)
SELECT dataset_id || ':' || series_id
FROM (
    SELECT s.dataset_id, s.series_id, jaro_winkler_similarity(s.series_id, w.text) AS likeness
    FROM series_metadata s
    JOIN wanted w ON w.dataset_id = s.dataset_id
)
WHERE likeness >= 0.75
ORDER BY likeness DESC, dataset_id, series_id
LIMIT 3;

-- name: show_series
SELECT s.dataset_id || ':' || s.series_id AS id,
       s.series_id,
       s.dataset_id,
       d.name AS dataset_name,
       d.theme,
       d.description,
       d.tags AS "tags:json",
       d.source,
       d.series_id_columns AS "series_id_columns:json",
       s.id_parts,
       s.record_count,
       s.first_time AS "first_timestamp:time",
       s.last_time AS "last_timestamp:time",
       d.time_column,
       d.time_unit,
       d.time_utc,
       s.null_times,
       s.frequency,
       s.frequency_share,
       s.step,
       s.step_share,
       s.distinct_steps,
       s.gaps,
       s.missing_times,
       s.longest_gap,
       s.coverage,
       s.duplicate_times,
       s.out_of_order_times,
       s.steps_quality,
       s.file_count,
       s.span_count,
       s.source_file,
       s.quality,
       d.quality_note,
       d.time_unit AS ":unit",
       d.time_utc AS ":utc"
FROM series_metadata s
JOIN datasets d ON d.dataset_id = s.dataset_id
WHERE s.dataset_id = $dataset AND s.series_id = $series;

-- name: series_spans
SELECT f.key AS "key:key",
       s.row_group,
       s.first_row,
       s.rows,
       s.last_row,
       -- Rows that are series: how many there are between is not known, but for one.
       CASE WHEN f.elements IS NULL THEN s.last_row - s.first_row + 1 = s.rows
            WHEN s.first_row = s.last_row THEN true END AS unbroken,
       s.t_min AS "first_timestamp:time",
       s.t_max AS "last_timestamp:time",
       s.t_min,
       s.t_max,
       s.times,
       f.time_unit,
       f.time_utc,
       f.size AS file_size,
       f.etag,
       f.time_unit AS ":unit",
       f.time_utc AS ":utc"
FROM spans s
JOIN files f ON f.file_id = s.file_id
WHERE f.dataset_id = $dataset AND f.state = 'ok' AND s.series_id = $series
ORDER BY f.key, s.row_group NULLS FIRST, s.first_row;

-- name: series_values
-- Fingerprints as text: they are beyond what a JSON number holds everywhere.
SELECT target,
       rows,
       nulls,
       nans,
       positive_infinities,
       negative_infinities,
       zeros,
       negatives,
       is_integer,
       is_constant,
       min,
       max,
       mean,
       variance,
       skewness,
       kurtosis,
       first_value,
       last_value,
       longest_flat_run,
       adi,
       cv2,
       demand,
       values_quality,
       fingerprint::VARCHAR AS fingerprint,
       sparkline AS "sparkline:spark"
FROM series_values
WHERE dataset_id = $dataset AND series_id = $series
ORDER BY target;

-- name: list_twins
SELECT dataset_id, series_id, target, relation, twin_dataset_id, twin_series_id, twin_target,
       TRY_CAST(count(*) OVER () AS BIGINT) AS ":matched"
FROM twins
WHERE $text IS NULL OR dataset_id = $text OR dataset_id || ':' || series_id = $text
   OR twin_dataset_id = $text OR twin_dataset_id || ':' || twin_series_id = $text
ORDER BY dataset_id, series_id, target, relation, twin_dataset_id, twin_series_id, twin_target
LIMIT $limit;

-- name: list_failures
SELECT dataset_id,
       key AS "key:key",
       severity,
       code,
       reason,
       first_seen,
       last_seen
FROM failures
WHERE $dataset IS NULL OR dataset_id = $dataset
ORDER BY dataset_id, severity, key, code;
