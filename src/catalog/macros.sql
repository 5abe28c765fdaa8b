-- Temporary: they belong to a connection and are never stored. VARCHAR compares byte by byte here, as strcmp does.

-- Ticks of a calendar unit in a day.
CREATE TEMP MACRO ticks_per_day(unit) AS
    CASE unit
        WHEN 's' THEN 86400::BIGINT
        WHEN 'ms' THEN 86400000::BIGINT
        WHEN 'us' THEN 86400000000::BIGINT
        WHEN 'ns' THEN 86400000000000::BIGINT
        ELSE 1::BIGINT
    END;

CREATE TEMP MACRO floor_divide(a, b) AS a // b - CASE WHEN a % b < 0 THEN 1 ELSE 0 END;

-- Rounded down where to_unit is coarser. 64 bits are enough: aggregate.c has chosen a unit in which all times fit, and an
-- overflow would be an error, not a wrong figure.
CREATE TEMP MACRO convert_time(t, from_unit, to_unit) AS
    CASE WHEN from_unit = to_unit THEN t
         WHEN ticks_per_day(to_unit) > ticks_per_day(from_unit)
         THEN t * (ticks_per_day(to_unit) // ticks_per_day(from_unit))
         ELSE floor_divide(t, ticks_per_day(from_unit) // ticks_per_day(to_unit)) END;

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

CREATE TEMP MACRO depth_rank(d) AS
    CASE d WHEN 'files' THEN 1 WHEN 'series' THEN 2 WHEN 'time' THEN 3 WHEN 'values' THEN 4 ELSE 0 END;

-- The form in which texts are compared by a search: case and the usual separators do not matter.
CREATE TEMP MACRO fold(s) AS blank_separators(lower(s));
