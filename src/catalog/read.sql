-- Column aliases carry the type of the answer's cell: "x:time" is a raw time in the unit of the hidden columns ":unit" and
-- ":utc", "x:json" a JSON document, "x:key" an encoded key (text.h). ":matched" is hidden, too.

-- name: count_datasets
SELECT count(*) FROM datasets WHERE $dataset IS NULL OR dataset_id = $dataset;

-- name: count_series
SELECT count(*) FROM series_metadata WHERE $dataset IS NULL OR dataset_id = $dataset;

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
       indexing_status AS status,
       first_time AS "first_timestamp:time",
       last_time AS "last_timestamp:time",
       updated_at,
       time_unit AS ":unit",
       time_utc AS ":utc"
FROM datasets
ORDER BY dataset_id;

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
       indexing_status AS status,
       first_time AS "first_timestamp:time",
       last_time AS "last_timestamp:time",
       time_unit,
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
       time_unit,
       time_utc,
       null_times,
       data_file_count,
       files_failed,
       bytes_failed,
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
       s.last_row - s.first_row + 1 = s.rows AS unbroken,
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

-- name: search
-- Eight words at most; those that are not used are '', which every text contains. A series is a hit only where its own id
-- holds one of the words: else a word that fits a dataset would flood the answer with all its series.
WITH w AS (
    SELECT trim(fold($w1)) AS w1, trim(fold($w2)) AS w2, trim(fold($w3)) AS w3, trim(fold($w4)) AS w4,
           trim(fold($w5)) AS w5, trim(fold($w6)) AS w6, trim(fold($w7)) AS w7, trim(fold($w8)) AS w8,
           trim($query) AS exact, trim(fold($query)) AS folded
),
d AS (
    SELECT dataset_id, name, theme, description, total_records, first_time, last_time, time_unit,
           time_utc,
           fold(concat_ws(chr(10), dataset_id, name, theme, description, tags, source)) AS text
    FROM datasets
    WHERE $dataset IS NULL OR dataset_id = $dataset
),
m AS (
    SELECT d.*,
           contains(text, w1) AS m1, contains(text, w2) AS m2, contains(text, w3) AS m3,
           contains(text, w4) AS m4, contains(text, w5) AS m5, contains(text, w6) AS m6,
           contains(text, w7) AS m7, contains(text, w8) AS m8
    FROM d, w
),
s AS (
    SELECT dataset_id, series_id, record_count, first_time, last_time, fold(series_id) AS id
    FROM series_metadata
),
hits AS MATERIALIZED (
    SELECT 'dataset' AS kind, dataset_id, NULL AS series_id, dataset_id AS id, name AS title, name,
           theme, description, total_records AS records, first_time, last_time, time_unit, time_utc
    FROM m
    WHERE m1 AND m2 AND m3 AND m4 AND m5 AND m6 AND m7 AND m8
    UNION ALL
    SELECT 'series', s.dataset_id, s.series_id, s.series_id, s.series_id, m.name,
           m.theme, m.description, s.record_count, s.first_time, s.last_time, m.time_unit, m.time_utc
    FROM s
    JOIN m ON m.dataset_id = s.dataset_id, w
    WHERE (m1 OR contains(s.id, w1)) AND (m2 OR contains(s.id, w2))
      AND (m3 OR contains(s.id, w3)) AND (m4 OR contains(s.id, w4))
      AND (m5 OR contains(s.id, w5)) AND (m6 OR contains(s.id, w6))
      AND (m7 OR contains(s.id, w7)) AND (m8 OR contains(s.id, w8))
      AND ((w1 <> '' AND contains(s.id, w1)) OR (w2 <> '' AND contains(s.id, w2))
        OR (w3 <> '' AND contains(s.id, w3)) OR (w4 <> '' AND contains(s.id, w4))
        OR (w5 <> '' AND contains(s.id, w5)) OR (w6 <> '' AND contains(s.id, w6))
        OR (w7 <> '' AND contains(s.id, w7)) OR (w8 <> '' AND contains(s.id, w8)))
)
SELECT kind, dataset_id, series_id, name, theme, records,
       first_time AS "first_timestamp:time",
       last_time AS "last_timestamp:time",
       description,
       time_unit AS ":unit",
       time_utc AS ":utc",
       (SELECT count(*) FROM hits) AS ":matched"
FROM hits, w
ORDER BY CASE WHEN folded = '' THEN 0
              WHEN id = exact OR title = exact THEN 0
              WHEN fold(id) = folded OR fold(title) = folded THEN 1
              WHEN starts_with(fold(id), folded) OR starts_with(fold(title), folded) THEN 2
              ELSE 3 END,
         CASE WHEN folded = '' THEN 0 ELSE strlen(id) END,
         dataset_id,
         series_id NULLS FIRST
LIMIT $limit;
