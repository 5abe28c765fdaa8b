-- Temporary: they belong to a connection and are never stored. VARCHAR compares byte by byte here, as strcmp does.

-- Ticks of a time unit in a day; 1 for an index, which is never converted.
CREATE TEMP MACRO ticks_per_day(unit) AS
    CASE unit
        WHEN 's' THEN 86400::HUGEINT
        WHEN 'ms' THEN 86400000::HUGEINT
        WHEN 'us' THEN 86400000000::HUGEINT
        WHEN 'ns' THEN 86400000000000::HUGEINT
        ELSE 1::HUGEINT
    END;

-- a * b / c rounded down, in 128 bits: 64 bits of time by 47 bits of ticks fit.
CREATE TEMP MACRO scale_down(a, b, c) AS
    (a::HUGEINT * b) // c - CASE WHEN (a::HUGEINT * b) % c < 0 THEN 1 ELSE 0 END;

CREATE TEMP MACRO convert_time(t, from_unit, to_unit) AS
    CASE WHEN from_unit = to_unit THEN t
         ELSE CAST(scale_down(t, ticks_per_day(to_unit), ticks_per_day(from_unit)) AS BIGINT) END;

CREATE TEMP MACRO checked_timestamp(us) AS
    CASE WHEN us BETWEEN -9223372022400000000::HUGEINT AND 9223372036854775806::HUGEINT
         THEN make_timestamp(CAST(us AS BIGINT)) END;

-- NULL for an index, and for what a TIMESTAMP cannot hold.
CREATE TEMP MACRO timestamp_of(t, unit) AS
    CASE WHEN unit IN ('day', 's', 'ms', 'us', 'ns')
         THEN checked_timestamp(scale_down(t, ticks_per_day('us'), ticks_per_day(unit))) END;

CREATE TEMP MACRO depth_rank(d) AS
    CASE d WHEN 'files' THEN 1 WHEN 'series' THEN 2 WHEN 'time' THEN 3 ELSE 0 END;
