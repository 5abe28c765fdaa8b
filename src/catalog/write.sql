-- name: begin
BEGIN TRANSACTION;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: checkpoint
CHECKPOINT;

-- name: list_tables
SELECT table_name FROM duckdb_tables() WHERE NOT internal
UNION ALL
SELECT view_name FROM duckdb_views() WHERE NOT internal;

-- name: schema_version
SELECT max(version)::BIGINT FROM schema_version;

-- name: schema_version_put
INSERT INTO schema_version VALUES ($version, make_timestamp($now));

-- name: load_file_ids
SELECT dataset_id, key, file_id::BIGINT FROM files;

-- name: load_failure_keys
SELECT DISTINCT dataset_id, key FROM failures;

-- name: load_marks
SELECT dataset_id, bool_or(known), bool_or(pending), bool_or(failures), bool_or(errors)
FROM (
    SELECT dataset_id, true AS known, indexing_status = 'pending' AS pending, false AS failures, false AS errors
    FROM datasets
    UNION ALL
    SELECT dataset_id, false, false, true, severity = 'error'
    FROM failures
)
GROUP BY dataset_id;

-- name: dataset_footers
-- Figures of an earlier run stay until this one has computed better ones.
UPDATE datasets SET total_records = $rows, total_bytes = $bytes, data_file_count = $files, depth = 'files', quality = 'exact'
WHERE dataset_id = $dataset AND total_records IS NULL;

-- name: load_slice_keys
SELECT DISTINCT dataset_id, key FROM file_slices;

-- name: slices_load
SELECT first_row_group, row_groups, content FROM file_slices
WHERE dataset_id = $dataset AND key = $key AND etag = $etag AND size = $size AND reading = $reading;

-- name: slices_delete
DELETE FROM file_slices WHERE dataset_id = $dataset AND key = $key;

-- name: slices_delete_dataset
DELETE FROM file_slices WHERE dataset_id = $dataset;

-- name: known_dataset
SELECT series_id_columns, time_column, columns_origin, metadata_key, metadata_etag,
       indexing_status = 'pending', targets, frequency,
       EXISTS (FROM files WHERE files.dataset_id = $dataset AND elements IS NOT NULL)
FROM datasets
WHERE dataset_id = $dataset;

-- name: known_files
SELECT key, etag, size, depth, state = 'failed' OR time_error IS NOT NULL FROM files WHERE dataset_id = $dataset
ORDER BY key;

-- name: dataset_ids
SELECT dataset_id FROM datasets WHERE source_root = $root ORDER BY dataset_id;

-- name: dataset_places
SELECT dataset_id, folder FROM datasets WHERE source_root = $root ORDER BY dataset_id;

-- name: metadata_load
SELECT key, etag, size, content FROM metadata_files WHERE root = $root;

-- name: metadata_delete
DELETE FROM metadata_files WHERE root = $root AND key = $key;

-- name: metadata_insert
INSERT INTO metadata_files VALUES ($root, $key, $etag, $size, $content);

-- name: dataset_describe
UPDATE datasets SET
    name = $name,
    description = $description,
    theme = $theme,
    tags = $tags,
    source = $source,
    type = $type,
    frequency = $frequency,
    storage_location = $storage_location,
    source_uri = $source_uri,
    source_root = $source_root,
    folder = $folder,
    metadata_key = $metadata_key,
    metadata_etag = $metadata_etag,
    metadata = $metadata,
    series_id_columns = $series_id_columns,
    time_column = $time_column,
    columns_origin = $columns_origin,
    targets = $targets,
    covariates = $covariates,
    tfc_features = $tfc_features,
    updated_at = make_timestamp($now)
WHERE dataset_id = $dataset;

-- name: dataset_pending
UPDATE datasets SET indexing_status = 'pending'
WHERE dataset_id = $dataset AND indexing_status <> 'pending';

-- name: drop_spans
DELETE FROM spans WHERE file_id IN (SELECT file_id FROM files WHERE dataset_id = $dataset);

-- name: drop_columns
DELETE FROM columns WHERE file_id IN (SELECT file_id FROM files WHERE dataset_id = $dataset);

-- name: drop_files
DELETE FROM files WHERE dataset_id = $dataset;

-- name: drop_series
DELETE FROM series_metadata WHERE dataset_id = $dataset;

-- name: forget_values
UPDATE files SET depth = 'time' WHERE dataset_id = $dataset AND depth = 'values';

-- name: drop_series_values
DELETE FROM series_values WHERE dataset_id = $dataset;

-- name: drop_failures
DELETE FROM failures WHERE dataset_id = $dataset;

-- name: drop_dataset
DELETE FROM datasets WHERE dataset_id = $dataset;

-- name: file_delete_spans
DELETE FROM spans WHERE file_id = $file;

-- name: file_delete_columns
DELETE FROM columns WHERE file_id = $file;

-- name: file_delete
DELETE FROM files WHERE file_id = $file;

-- name: failure_delete
-- The failures of one object, all codes.
DELETE FROM failures WHERE dataset_id = $dataset AND key = $key;

-- name: failure_delete_others
DELETE FROM failures
WHERE dataset_id = $dataset AND key = $key AND code <> $code AND severity = 'error';

-- name: failure_seen
UPDATE failures SET last_seen = make_timestamp($now), reason = $reason, run_id = $run
WHERE dataset_id = $dataset AND key = $key AND code = $code;

-- name: failures_sweep
-- A file that still counts as failed keeps its reason, even where this run did not look at it.
DELETE FROM failures
WHERE dataset_id = $dataset
  AND last_seen < make_timestamp($since)
  AND code NOT IN ('mixed_time_units', 'near_ids', 'schema_drift') -- they come and go with the figures (notes.h)
  AND key NOT IN (SELECT key FROM files WHERE dataset_id = $dataset AND (state = 'failed' OR time_error IS NOT NULL));

-- name: failures_sweep_orphans
DELETE FROM failures
WHERE dataset_id <> ''
  AND last_seen < make_timestamp($since)
  AND dataset_id NOT IN (SELECT dataset_id FROM datasets)
  AND run_id IN (SELECT run_id FROM runs WHERE source = $source);

-- name: runs_interrupted
-- Only one process writes, and the system takes its lock away when it dies: whoever holds the lock now
-- knows that a run which still says 'running' was killed.
UPDATE runs SET state = 'interrupted', ended_at = coalesce(ended_at, heartbeat_at)
WHERE state = 'running';

-- name: run_insert
INSERT INTO runs (run_id, source, options, state, started_at, pid, host)
VALUES ($run, $source, $options, 'running', make_timestamp($now), $pid, $host);

-- name: run_progress
UPDATE runs SET heartbeat_at = make_timestamp($now), files_total = $files_total, files_done = $files_done,
    files_failed = $files_failed, files_unchanged = $files_unchanged, bytes_total = $bytes_total,
    bytes_done = $bytes_done, limited = $limited
WHERE run_id = $run;

-- name: run_finish
UPDATE runs SET state = $state, ended_at = make_timestamp($now), counters = $counters,
    peak_memory = $peak, seconds = $seconds
WHERE run_id = $run;

-- name: totals
SELECT TRY_CAST(coalesce(sum(total_records), 0) AS BIGINT),
       TRY_CAST(coalesce(sum(total_series), 0) AS BIGINT),
       count(*) FILTER (total_series IS NULL),
       count(*) FILTER (indexing_status IN ('partial', 'failed'))
FROM datasets
WHERE source_root = $source;
