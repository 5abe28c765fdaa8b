-- The canonical dump: everything that two runs over the same data must agree on, in an order that does not depend on how
-- it came in. Left out: times of the run, ETags, absolute URIs, file_id (the key stands for it), and texts of failures,
-- which name hosts and requests.

-- name: dump_datasets
SELECT dataset_id, name, description, theme, tags AS "tags:json", source, type, frequency,
       storage_location, folder, metadata_key, metadata AS "metadata:json",
       series_id_columns AS "series_id_columns:json", time_column, columns_origin, time_unit, time_utc,
       targets AS "targets:json", covariates AS "covariates:json", tfc_features AS "tfc_features:json",
       total_series, total_records, total_bytes, avg_series_length, min_series_length,
       max_series_length, first_time, last_time, first_timestamp, last_timestamp, data_file_count,
       files_failed, bytes_failed, null_times, depth, quality, quality_note, indexing_status,
       time_kind, detected_frequency, detected_frequency_share, gaps, missing_times, duplicate_times,
       out_of_order_times, series_with_gaps, series_with_duplicates, series_out_of_order,
       series_irregular, series_unordered, near_ids,
       targets_origin, value_targets, value_count, value_nulls, value_nans, value_infinities, value_zeros,
       value_negatives, constant_series, intermittent_series, values_unordered,
       rows_failed, files_without_time, files_sampled, sample_seed, total_series_low, total_series_high,
       avg_series_length_low, avg_series_length_high, sampling AS "sampling:json", drifting_columns
FROM datasets
ORDER BY dataset_id;

-- name: dump_files
SELECT dataset_id, key, size, rows, row_groups, created_by, depth, time_unit, time_kind, time_utc,
       time_rounded, time_error, state, elements
FROM files
ORDER BY dataset_id, key;

-- name: dump_columns
SELECT f.dataset_id, f.key, c.position, c.name, c.type, c.nullable, c.null_count, c.bytes, c.target,
       c.target_note, c.field
FROM columns c
JOIN files f ON f.file_id = c.file_id
ORDER BY f.dataset_id, f.key, c.position;

-- name: dump_series_metadata
SELECT dataset_id, series_id, id_parts, record_count, file_count, span_count, first_time, last_time,
       first_timestamp, last_timestamp, null_times, source_file, quality,
       frequency, frequency_share, step, step_share, distinct_steps, gaps, missing_times,
       longest_gap, coverage, duplicate_times, out_of_order_times, steps_quality
FROM series_metadata
ORDER BY dataset_id, series_id;

-- name: dump_series_values
SELECT * EXCLUDE (sparkline), hex(sparkline) AS sparkline
FROM series_values
ORDER BY dataset_id, series_id, target;

-- name: dump_spans
SELECT f.dataset_id, f.key, s.series_id, s.row_group, s.first_row, s.rows, s.last_row, s.t_min,
       s.t_max, s.times, hex(s.steps) AS steps, hex(s.value_states) AS value_states
FROM spans s
JOIN files f ON f.file_id = s.file_id
ORDER BY f.dataset_id, f.key, s.series_id, s.row_group NULLS FIRST, s.first_row, s.last_row;

-- name: dump_failures
SELECT dataset_id, key, code, severity
FROM failures
ORDER BY dataset_id, key, code;
