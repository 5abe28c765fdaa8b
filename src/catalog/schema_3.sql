-- Schema, version 3: samples, what is missing of a partial dataset, drift between the schemas of files, values of series.
--
-- Nothing that version 2 knows becomes wrong; what is new is NULL, or not there, until a run reads that far.

ALTER TABLE files ADD COLUMN time_error VARCHAR;                 -- why its time column could not be read; NULL: it could

ALTER TABLE files ADD COLUMN time_grain BIGINT;                  -- all times are multiples of 1000^time_grain; NULL: not known
-- Of a file of one series a row, whose lists hold the records: their elements, which are the records then. NULL: rows are.
ALTER TABLE files ADD COLUMN elements BIGINT;

ALTER TABLE datasets ADD COLUMN rows_failed BIGINT;              -- in files_failed, as far as their footers could be read
ALTER TABLE datasets ADD COLUMN files_without_time BIGINT;       -- files with a time_error
ALTER TABLE datasets ADD COLUMN files_sampled BIGINT;            -- of data_file_count; NULL: no sample, all were read
ALTER TABLE datasets ADD COLUMN sample_seed BIGINT;
ALTER TABLE datasets ADD COLUMN total_series_low DOUBLE;         -- bounds of the 95 % interval of a sample
ALTER TABLE datasets ADD COLUMN total_series_high DOUBLE;
ALTER TABLE datasets ADD COLUMN avg_series_length_low DOUBLE;
ALTER TABLE datasets ADD COLUMN avg_series_length_high DOUBLE;
ALTER TABLE datasets ADD COLUMN sampling VARCHAR;                -- JSON: how each figure was estimated, with its bounds
ALTER TABLE datasets ADD COLUMN drifting_columns BIGINT;         -- columns in which files differ: the view `drift`

-- Which columns of a file are targets: their place in spans.value_states, from 1 on; NULL where it is none. `target_note` says why
-- a column that should be one could not be read as numbers.
ALTER TABLE columns ADD COLUMN target INTEGER;
ALTER TABLE columns ADD COLUMN target_note VARCHAR;
ALTER TABLE columns ADD COLUMN field VARCHAR;           -- of a list of plain values: what it is called; NULL for others

ALTER TABLE spans ADD COLUMN value_states BLOB;         -- model/value_stats.h, one state a target; NULL: not known

ALTER TABLE datasets ADD COLUMN targets_origin VARCHAR; -- 'metadata', 'type': numeric, and neither id nor time; NULL: not read
ALTER TABLE datasets ADD COLUMN value_targets BIGINT;   -- target columns with figures
ALTER TABLE datasets ADD COLUMN value_count BIGINT;     -- rows of all targets
ALTER TABLE datasets ADD COLUMN value_nulls BIGINT;
ALTER TABLE datasets ADD COLUMN value_nans BIGINT;
ALTER TABLE datasets ADD COLUMN value_infinities BIGINT;
ALTER TABLE datasets ADD COLUMN value_zeros BIGINT;
ALTER TABLE datasets ADD COLUMN value_negatives BIGINT;
ALTER TABLE datasets ADD COLUMN constant_series BIGINT; -- series and targets, each, as below
ALTER TABLE datasets ADD COLUMN intermittent_series BIGINT;
ALTER TABLE datasets ADD COLUMN values_unordered BIGINT;

-- One row a series and target. Figures are over the finite values: neither null, NaN, nor infinite.
CREATE TABLE series_values (
    dataset_id VARCHAR NOT NULL,
    series_id VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    nulls BIGINT NOT NULL,
    nans BIGINT NOT NULL,
    positive_infinities BIGINT NOT NULL,
    negative_infinities BIGINT NOT NULL,
    zeros BIGINT NOT NULL,
    negatives BIGINT NOT NULL,
    is_integer BOOLEAN,            -- every finite value is a whole number
    is_constant BOOLEAN,           -- they are all equal
    min DOUBLE,
    max DOUBLE,
    mean DOUBLE,
    variance DOUBLE,               -- of a sample: divided by n - 1
    skewness DOUBLE,               -- adjusted, as DuckDB and pandas compute it
    kurtosis DOUBLE,               -- excess, adjusted
    adi DOUBLE,                    -- average interval between values that are not zero
    cv2 DOUBLE,                    -- squared coefficient of variation of these
    demand VARCHAR,                -- 'smooth', 'erratic', 'intermittent', 'lumpy'
    first_value DOUBLE,
    last_value DOUBLE,
    longest_flat_run BIGINT,
    -- Hashes of the sequence of finite values: as it is; in single precision; rounded to 0 to 3 decimals (NULL: as it is);
    -- means and sums of hours, days, weeks and months (NULL: no bucket has two values, or not known).
    fingerprint BIGINT,
    fingerprint_single BIGINT,
    fingerprint_0 BIGINT,
    fingerprint_1 BIGINT,
    fingerprint_2 BIGINT,
    fingerprint_3 BIGINT,
    fingerprint_hour_mean BIGINT,
    fingerprint_hour_sum BIGINT,
    fingerprint_day_mean BIGINT,
    fingerprint_day_sum BIGINT,
    fingerprint_week_mean BIGINT,
    fingerprint_week_sum BIGINT,
    fingerprint_month_mean BIGINT,
    fingerprint_month_sum BIGINT,
    sparkline BLOB,                -- model/sparkline.h
    values_quality VARCHAR NOT NULL -- 'exact', 'rounded', 'unordered', 'partial', 'sampled'
);

-- The fingerprints of series_values, one a row: `form` is 'exact', 'single', 'rounded_0' to 'rounded_3', 'hour_mean' ...
CREATE VIEW series_fingerprints AS
SELECT dataset_id, series_id, target, form, hash
FROM (
    UNPIVOT (FROM series_values WHERE NOT is_constant)
    ON fingerprint AS exact, fingerprint_single AS single,
       fingerprint_0 AS rounded_0, fingerprint_1 AS rounded_1, fingerprint_2 AS rounded_2, fingerprint_3 AS rounded_3,
       fingerprint_hour_mean AS hour_mean, fingerprint_hour_sum AS hour_sum,
       fingerprint_day_mean AS day_mean, fingerprint_day_sum AS day_sum,
       fingerprint_week_mean AS week_mean, fingerprint_week_sum AS week_sum,
       fingerprint_month_mean AS month_mean, fingerprint_month_sum AS month_sum
    INTO NAME form VALUE hash
);

-- Series that hold the same values, or one the other's in a coarser form: the twin is `relation` of the series, 'equal',
-- 'equal_single' (in single precision), 'rounded_2', 'day_mean' ... Constant series have no twins: they all would.
CREATE VIEW twins AS
WITH f AS (FROM series_fingerprints),
wholes AS (
    SELECT dataset_id, series_id, target, fingerprint AS exact, coalesce(fingerprint_single, fingerprint) AS single
    FROM series_values
    WHERE fingerprint IS NOT NULL AND NOT is_constant
)
SELECT a.dataset_id, a.series_id, a.target, 'equal' AS relation, b.dataset_id AS twin_dataset_id,
       b.series_id AS twin_series_id, b.target AS twin_target
FROM wholes a
JOIN wholes b ON a.exact = b.exact
WHERE (a.dataset_id, a.series_id, a.target) < (b.dataset_id, b.series_id, b.target)
UNION ALL
SELECT a.dataset_id, a.series_id, a.target, 'equal_single', b.dataset_id, b.series_id, b.target
FROM wholes a
JOIN wholes b ON a.single = b.single AND a.exact <> b.exact
WHERE (a.dataset_id, a.series_id, a.target) < (b.dataset_id, b.series_id, b.target)
UNION ALL
SELECT f.dataset_id, f.series_id, f.target, f.form, b.dataset_id, b.series_id, b.target
FROM f
JOIN wholes b ON f.hash = b.exact
WHERE starts_with(f.form, 'rounded_')
UNION ALL
SELECT f.dataset_id, f.series_id, f.target, f.form, b.dataset_id, b.series_id, b.target
FROM f
JOIN wholes b ON f.hash = b.single
WHERE ends_with(f.form, '_mean') OR ends_with(f.form, '_sum');

-- How the schemas of a dataset's files differ, the files in byte order of their keys. `change` is 'added' (in all files from
-- first_file on), 'lost' (in none behind last_file), 'missing' (in some), 'type' (one row a type) or 'case' (one row a
-- spelling). Names that differ by case only are one column. `without_file` is a file that lacks it.
CREATE VIEW drift AS
WITH f AS (
    SELECT file_id, dataset_id, key,
           row_number() OVER (PARTITION BY dataset_id ORDER BY key) AS place,
           count(*) OVER (PARTITION BY dataset_id) AS n
    FROM files
    WHERE state = 'ok'
),
c AS (
    SELECT f.dataset_id, f.key, f.place, f.n, columns.name, lower(columns.name) AS folded, columns.type
    FROM columns
    JOIN f ON f.file_id = columns.file_id
),
places AS (
    SELECT dataset_id, folded, n, place, min(name) AS name, min(type) AS type, min(key) AS key,
           lead(place) OVER (PARTITION BY dataset_id, folded ORDER BY place) AS next
    FROM c
    GROUP BY dataset_id, folded, n, place
),
presence AS (
    SELECT dataset_id, folded, n, min_by(name, place) AS name, min_by(type, place) AS type, count(*) AS files,
           min(place) AS first, max(place) AS last, min_by(key, place) AS first_file, max_by(key, place) AS last_file,
           min(place) FILTER (next IS NULL OR next <> place + 1) + 1 AS hole
    FROM places
    GROUP BY dataset_id, folded, n
    HAVING count(*) < n
),
kinds AS (
    SELECT *,
           CASE WHEN first > 1 AND files = n - first + 1 THEN 'added'
                WHEN last < n AND files = last THEN 'lost'
                ELSE 'missing' END AS change,
           CASE WHEN first > 1 THEN first - 1 ELSE hole END AS without
    FROM presence
),
many AS (
    SELECT dataset_id, folded, min_by(name, place) AS name, count(DISTINCT type) AS types, count(DISTINCT name) AS names
    FROM c
    GROUP BY dataset_id, folded
    HAVING count(DISTINCT type) > 1 OR count(DISTINCT name) > 1
)
SELECT k.dataset_id, k.name AS column_name, k.change, k.type AS variant, k.files, k.n AS of_files, k.first_file, k.last_file,
       f.key AS without_file
FROM kinds k
LEFT JOIN f ON f.dataset_id = k.dataset_id AND f.place = k.without
UNION ALL
SELECT c.dataset_id, m.name, 'type', c.type, count(DISTINCT c.place), c.n, min_by(c.key, c.place), max_by(c.key, c.place), NULL
FROM c
JOIN many m ON m.dataset_id = c.dataset_id AND m.folded = c.folded AND m.types > 1
GROUP BY c.dataset_id, c.folded, m.name, c.type, c.n
UNION ALL
SELECT c.dataset_id, m.name, 'case', c.name, count(DISTINCT c.place), c.n, min_by(c.key, c.place), max_by(c.key, c.place), NULL
FROM c
JOIN many m ON m.dataset_id = c.dataset_id AND m.folded = c.folded AND m.names > 1
GROUP BY c.dataset_id, c.folded, m.name, c.name, c.n;

-- With the label of the figures.
CREATE OR REPLACE VIEW search_index AS
SELECT s.series_id,
       s.dataset_id,
       d.name AS dataset_name,
       d.theme,
       d.description,
       d.tags AS tags_text,
       d.source,
       s.record_count,
       s.first_timestamp,
       s.last_timestamp,
       s.frequency,
       s.quality
FROM series_metadata s
JOIN datasets d ON d.dataset_id = s.dataset_id;

-- Slices of large files that a run read before it ended without finishing the file: the next one goes on behind them. Rows
-- are gone once their file is recorded; they count in no figure. `reading` says with which columns and to which depth.
CREATE TABLE file_slices (
    dataset_id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    etag VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    reading BIGINT NOT NULL,
    first_row_group BIGINT NOT NULL,
    row_groups BIGINT NOT NULL,
    content BLOB NOT NULL          -- scan/part_code.h
);
