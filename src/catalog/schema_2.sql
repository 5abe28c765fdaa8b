-- Schema, version 2: how the times of a series follow one another.
--
-- Spans of version 1 do not know it, so what was read to depth `time` is now read to depth `series` only: the next run to
-- that depth reads the time columns again. Until then the figures of version 1 stand, and the new ones are NULL.

ALTER TABLE files ADD COLUMN time_kind VARCHAR; -- 'timestamp', 'date', 'integer', 'string', 'none'

ALTER TABLE spans ADD COLUMN steps BLOB;        -- model/time_steps.h; NULL: not known

ALTER TABLE series_metadata ADD COLUMN frequency VARCHAR;        -- a pandas alias, or 'irregular'
ALTER TABLE series_metadata ADD COLUMN frequency_share DOUBLE;   -- of the steps
ALTER TABLE series_metadata ADD COLUMN step BIGINT;              -- the most frequent one, in time_unit
ALTER TABLE series_metadata ADD COLUMN step_share DOUBLE;
ALTER TABLE series_metadata ADD COLUMN distinct_steps BIGINT;    -- 17: more than 16
ALTER TABLE series_metadata ADD COLUMN gaps BIGINT;              -- steps longer than the frequency's
ALTER TABLE series_metadata ADD COLUMN missing_times BIGINT;
ALTER TABLE series_metadata ADD COLUMN longest_gap BIGINT;       -- in time_unit; 0: none
ALTER TABLE series_metadata ADD COLUMN coverage DOUBLE;
ALTER TABLE series_metadata ADD COLUMN duplicate_times BIGINT;
ALTER TABLE series_metadata ADD COLUMN out_of_order_times BIGINT;
ALTER TABLE series_metadata ADD COLUMN steps_quality VARCHAR;    -- 'exact', 'unordered', 'unknown'

ALTER TABLE datasets ADD COLUMN time_kind VARCHAR;               -- as in files; 'mixed'
ALTER TABLE datasets ADD COLUMN detected_frequency VARCHAR;      -- that of most series
ALTER TABLE datasets ADD COLUMN detected_frequency_share DOUBLE; -- of the series that have one
ALTER TABLE datasets ADD COLUMN gaps BIGINT;
ALTER TABLE datasets ADD COLUMN missing_times BIGINT;
ALTER TABLE datasets ADD COLUMN duplicate_times BIGINT;
ALTER TABLE datasets ADD COLUMN out_of_order_times BIGINT;
ALTER TABLE datasets ADD COLUMN series_with_gaps BIGINT;
ALTER TABLE datasets ADD COLUMN series_with_duplicates BIGINT;
ALTER TABLE datasets ADD COLUMN series_out_of_order BIGINT;
ALTER TABLE datasets ADD COLUMN series_irregular BIGINT;
ALTER TABLE datasets ADD COLUMN near_ids BIGINT;                 -- ids that differ from another's by case, blanks, zeros only
ALTER TABLE datasets ADD COLUMN series_unordered BIGINT;         -- whose steps_quality is not 'exact'

-- Behind the changes of the tables: the other way round DuckDB refuses to commit.
UPDATE files SET depth = 'series', time_unit = 'none' WHERE depth = 'time';

UPDATE datasets SET indexing_status = 'pending'
WHERE dataset_id IN (SELECT dataset_id FROM files WHERE state = 'ok' AND depth = 'series');

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
       s.frequency
FROM series_metadata s
JOIN datasets d ON d.dataset_id = s.dataset_id;
