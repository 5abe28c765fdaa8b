-- Temporary: they belong to a connection and are never stored. VARCHAR compares byte by byte here, as strcmp does.

CREATE TEMP MACRO floor_divide(a, b) AS a // b - CASE WHEN a % b < 0 THEN 1 ELSE 0 END;

-- NULL for an index, and for what a TIMESTAMP cannot hold: it counts microseconds from 290309-12-22 BC to one before
-- the greatest 64-bit number, which stands for infinity.
CREATE TEMP MACRO timestamp_of(t, unit) AS
    CASE unit
        WHEN 'day' THEN CASE WHEN t BETWEEN -106751990 AND 106751991
                             THEN make_timestamp(t * 86400000000) END
        WHEN 's' THEN CASE WHEN t BETWEEN -9223372022400 AND 9223372036854
                           THEN make_timestamp(t * 1000000) END
        WHEN 'ms' THEN CASE WHEN t BETWEEN -9223372022400000 AND 9223372036854775
                            THEN make_timestamp(t * 1000) END
        WHEN 'us' THEN CASE WHEN t BETWEEN -9223372022400000000 AND 9223372036854775806
                            THEN make_timestamp(t) END
        WHEN 'ns' THEN make_timestamp(floor_divide(t, 1000))
    END;

-- Integers count since 1970 in the unit that their magnitude suggests, unless those of another file of the dataset do not.
CREATE TEMP MACRO unit_of(unit, kind, integers_are_indexes) AS
    CASE WHEN kind = 'integer' AND integers_are_indexes THEN 'index' ELSE unit END;

-- Ids that differ by case, blanks or the zeros that lead a number are one here (near_ids.h).
CREATE TEMP MACRO near_form(id) AS
    regexp_replace(translate(lower(id), chr(9) || chr(10) || chr(13) || ' ', ''), '(^|[^0-9])0+([0-9])', '\1\2', 'g');

CREATE TEMP MACRO depth_rank(d) AS
    CASE d WHEN 'files' THEN 1 WHEN 'series' THEN 2 WHEN 'time' THEN 3 WHEN 'values' THEN 4 ELSE 0 END;

-- The form in which texts are compared by a search: case and the usual separators do not matter.
CREATE TEMP MACRO fold(s) AS blank_separators(lower(s));
