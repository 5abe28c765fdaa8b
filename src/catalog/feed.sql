-- What the search index is made of. Lists are joined by the unit separator, which no name holds.

-- name: feed_datasets
SELECT dataset_id, name, theme, description, source, folder, coalesce(frequency, detected_frequency),
       array_to_string(json_extract_string(coalesce(tags, '[]'), '$[*]'), chr(31)),
       array_to_string(json_extract_string(coalesce(targets, '[]'), '$[*].name'), chr(31)),
       array_to_string(json_extract_string(coalesce(covariates, '{}'), '$.*[*].name'), chr(31)),
       coalesce(total_series, 0),
       coalesce(total_records, 0),
       first_timestamp IS NOT NULL AND last_timestamp IS NOT NULL,
       first_timestamp,
       last_timestamp,
       updated_at,
       coalesce(quality, '')
FROM datasets
ORDER BY dataset_id;

-- name: feed_series
SELECT s.series_id, s.record_count, s.first_timestamp IS NOT NULL AND s.last_timestamp IS NOT NULL,
       s.first_timestamp, s.last_timestamp, v.missing / v.rows
FROM series_metadata s
LEFT JOIN (SELECT series_id, sum(nulls + nans) AS missing, sum(rows) AS rows
           FROM series_values WHERE dataset_id = $dataset GROUP BY series_id) v USING (series_id)
WHERE s.dataset_id = $dataset;
