-- Schema, version 1. Tables that grow with the data carry no keys or indexes: the appender would crawl, and uniqueness is
-- kept by the code (what is replaced is deleted first; file_id comes from a counter).

CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TIMESTAMP NOT NULL);

CREATE TABLE datasets (
    dataset_id VARCHAR NOT NULL,
    name VARCHAR,
    description VARCHAR,
    theme VARCHAR,
    tags VARCHAR,                  -- JSON array
    source VARCHAR,
    type VARCHAR,
    frequency VARCHAR,             -- as the metadata says it
    storage_location VARCHAR,
    source_uri VARCHAR,            -- of the dataset's folder
    source_root VARCHAR,           -- of the source that holds it
    folder VARCHAR,                -- relative to source_root
    metadata_key VARCHAR,
    metadata_etag VARCHAR,
    metadata VARCHAR,              -- JSON: everything the metadata says; NULL where there is none
    series_id_columns VARCHAR,     -- JSON array
    time_column VARCHAR,
    columns_origin VARCHAR,        -- 'none', 'metadata', 'detected'
    time_unit VARCHAR,             -- of first_time and last_time, here and in series_metadata
    time_utc BOOLEAN,
    targets VARCHAR,               -- JSON
    covariates VARCHAR,            -- JSON
    tfc_features VARCHAR,          -- JSON
    total_series BIGINT,
    total_records BIGINT,
    total_bytes BIGINT,
    avg_series_length DOUBLE,
    min_series_length BIGINT,
    max_series_length BIGINT,
    first_time BIGINT,
    last_time BIGINT,
    first_timestamp TIMESTAMP,
    last_timestamp TIMESTAMP,
    data_file_count BIGINT,
    files_failed BIGINT,
    bytes_failed BIGINT,
    null_times BIGINT,
    depth VARCHAR,                 -- the rung that every file reached
    quality VARCHAR,               -- 'exact' or 'partial'
    quality_note VARCHAR,          -- what is missing or not exact
    indexing_status VARCHAR NOT NULL, -- 'pending', 'complete', 'partial', 'failed'
    indexing_error VARCHAR,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE files (
    file_id INTEGER NOT NULL,
    dataset_id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    etag VARCHAR NOT NULL,
    mtime TIMESTAMP,
    rows BIGINT,                   -- NULL where the footer could not be read
    row_groups BIGINT,
    created_by VARCHAR,
    depth VARCHAR NOT NULL,
    time_unit VARCHAR,
    time_utc BOOLEAN,
    time_rounded BOOLEAN,
    state VARCHAR NOT NULL,        -- 'ok' or 'failed'
    indexed_at TIMESTAMP NOT NULL
);

CREATE TABLE columns (
    file_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    nullable BOOLEAN NOT NULL,
    null_count BIGINT,
    bytes BIGINT NOT NULL
);

CREATE TABLE spans (
    file_id INTEGER NOT NULL,
    series_id VARCHAR NOT NULL,
    row_group INTEGER,             -- NULL: the span covers the whole file
    first_row BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    last_row BIGINT NOT NULL,
    t_min BIGINT,                  -- in the file's time_unit; NULL where `times` is 0
    t_max BIGINT,
    times BIGINT NOT NULL
);

CREATE TABLE series_metadata (
    dataset_id VARCHAR NOT NULL,
    series_id VARCHAR NOT NULL,
    id_parts VARCHAR[],
    record_count BIGINT,
    file_count BIGINT NOT NULL,
    span_count BIGINT NOT NULL,
    first_time BIGINT,             -- in the dataset's time_unit
    last_time BIGINT,
    first_timestamp TIMESTAMP,
    last_timestamp TIMESTAMP,
    null_times BIGINT,
    source_file VARCHAR,           -- the first of its files in byte order of the keys
    quality VARCHAR NOT NULL
);

CREATE TABLE runs (
    run_id VARCHAR NOT NULL,
    source VARCHAR,
    options VARCHAR,               -- JSON
    state VARCHAR NOT NULL,        -- 'running', 'complete', 'failed', 'interrupted'
    started_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    pid BIGINT,
    host VARCHAR,
    counters VARCHAR,              -- JSON
    peak_memory BIGINT,
    seconds DOUBLE,
    heartbeat_at TIMESTAMP,        -- of the last transaction: how far a run came that was killed
    files_total BIGINT,            -- to be read
    files_done BIGINT,             -- recorded, failed ones too
    files_failed BIGINT,
    files_unchanged BIGINT,
    bytes_total BIGINT,            -- sizes of these files
    bytes_done BIGINT,
    limited VARCHAR                -- the limit that ended the run early; NULL: none
);

-- Metadata files as they were read, so that one whose ETag is the same need not be read again.
CREATE TABLE metadata_files (
    root VARCHAR NOT NULL,         -- URI of the source or of the folder of metadata
    key VARCHAR NOT NULL,
    etag VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    content VARCHAR NOT NULL
);

CREATE TABLE failures (
    dataset_id VARCHAR NOT NULL,   -- '' where it belongs to none
    key VARCHAR NOT NULL,          -- '' where it is the dataset's
    code VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,     -- 'error' or 'note'
    reason VARCHAR NOT NULL,
    first_seen TIMESTAMP NOT NULL,
    last_seen TIMESTAMP NOT NULL,
    run_id VARCHAR
);

CREATE VIEW search_index AS
SELECT s.series_id,
       s.dataset_id,
       d.name AS dataset_name,
       d.theme,
       d.description,
       d.tags AS tags_text,
       d.source,
       s.record_count,
       s.first_timestamp,
       s.last_timestamp
FROM series_metadata s
JOIN datasets d ON d.dataset_id = s.dataset_id;
