-- Schema, version 4: states of few rows are these rows (model/value_rows.h), which earlier programs cannot read.

COMMENT ON COLUMN spans.value_states IS 'one state a target: model/value_stats.h, or its rows: model/value_rows.h';
