/* logical.c - what the values of a column mean. Spec: parquet-format, LogicalTypes.md. */
#include "parquet/schema.h"

static enum time_unit read_unit(struct thrift *t, const struct thrift_field *field)
{
    enum time_unit unit = TIME_UNIT_NONE; /* of a union member that is newer than us */
    if (!thrift_struct(t, field)) {
        return unit;
    }
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        static const enum time_unit units[] = {TIME_UNIT_NONE, TIME_UNIT_MS, TIME_UNIT_US,
                                               TIME_UNIT_NS};
        if (f.id >= 1 && f.id <= 3) {
            unit = units[f.id];
        }
        thrift_skip(t, f.type);
    }
    return unit;
}

static void read_time(struct thrift *t, struct parquet_column *m)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        if (f.id == 1) {
            m->utc = thrift_bool(t, &f);
        } else if (f.id == 2) {
            m->unit = read_unit(t, &f);
        } else {
            thrift_skip(t, f.type);
        }
    }
}

static void read_decimal(struct thrift *t, struct parquet_column *m)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        if (f.id == 1) {
            m->scale = thrift_i32(t, &f);
        } else if (f.id == 2) {
            m->precision = thrift_i32(t, &f);
        } else {
            thrift_skip(t, f.type);
        }
    }
}

static void read_integer(struct thrift *t, struct parquet_column *m)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        if (f.id == 1) {
            m->int_bits = (uint8_t)thrift_i32(t, &f);
        } else if (f.id == 2) {
            m->is_signed = thrift_bool(t, &f);
        } else {
            thrift_skip(t, f.type);
        }
    }
}

static enum parquet_logical logical_of_member(int16_t id)
{
    static const enum parquet_logical members[] = {
        [1] = PARQUET_STRING,   [4] = PARQUET_ENUM,       [5] = PARQUET_DECIMAL,
        [6] = PARQUET_DATE,     [7] = PARQUET_TIME,       [8] = PARQUET_TIMESTAMP,
        [10] = PARQUET_INTEGER, [11] = PARQUET_NULL_TYPE, [12] = PARQUET_JSON,
        [13] = PARQUET_BSON,    [14] = PARQUET_UUID,      [15] = PARQUET_FLOAT16,
    };
    if (id < 0 || (size_t)id >= sizeof members / sizeof *members ||
        members[id] == PARQUET_PLAIN_VALUE) {
        return PARQUET_OTHER;
    }
    return members[id];
}

void logical_parse(struct thrift *t, struct schema_element *e)
{
    struct parquet_column *m = &e->meaning;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        e->has_logical = true;
        m->logical = logical_of_member(f.id);
        if (!thrift_struct(t, &f)) {
            return;
        }
        if (m->logical == PARQUET_DECIMAL) {
            read_decimal(t, m);
        } else if (m->logical == PARQUET_TIME || m->logical == PARQUET_TIMESTAMP) {
            read_time(t, m);
        } else if (m->logical == PARQUET_INTEGER) {
            read_integer(t, m);
        } else {
            thrift_skip(t, f.type);
        }
    }
}

/* The converted type, which older writers use instead. Its times are normalised to UTC by
 * definition. */
static void settle_converted(int32_t converted, struct parquet_column *m)
{
    static const struct {
        enum parquet_logical logical;
        enum time_unit unit;
        uint8_t bits;
        bool is_signed;
    } types[] = {
        [0] = {PARQUET_STRING, 0, 0, 0},          [4] = {PARQUET_ENUM, 0, 0, 0},
        [5] = {PARQUET_DECIMAL, 0, 0, 0},         [6] = {PARQUET_DATE, TIME_UNIT_DAY, 0, 0},
        [7] = {PARQUET_TIME, TIME_UNIT_MS, 0, 0}, [8] = {PARQUET_TIME, TIME_UNIT_US, 0, 0},
        [9] = {PARQUET_TIMESTAMP, TIME_UNIT_MS},  [10] = {PARQUET_TIMESTAMP, TIME_UNIT_US},
        [11] = {PARQUET_INTEGER, 0, 8, false},    [12] = {PARQUET_INTEGER, 0, 16, false},
        [13] = {PARQUET_INTEGER, 0, 32, false},   [14] = {PARQUET_INTEGER, 0, 64, false},
        [15] = {PARQUET_INTEGER, 0, 8, true},     [16] = {PARQUET_INTEGER, 0, 16, true},
        [17] = {PARQUET_INTEGER, 0, 32, true},    [18] = {PARQUET_INTEGER, 0, 64, true},
        [19] = {PARQUET_JSON, 0, 0, 0},           [20] = {PARQUET_BSON, 0, 0, 0},
        [21] = {PARQUET_INTERVAL, 0, 0, 0},
    };
    if (converted < 0) {
        return;
    }
    if ((size_t)converted >= sizeof types / sizeof *types ||
        types[converted].logical == PARQUET_PLAIN_VALUE) {
        m->logical = PARQUET_OTHER;
        return;
    }
    m->logical = types[converted].logical;
    m->unit = types[converted].unit;
    m->int_bits = types[converted].bits;
    m->is_signed = types[converted].is_signed;
    m->utc = m->logical == PARQUET_TIME || m->logical == PARQUET_TIMESTAMP;
}

static bool integer_fits(const struct schema_element *e)
{
    uint8_t bits = e->meaning.int_bits;
    if (e->physical == PARQUET_INT64) {
        return bits == 64;
    }
    return e->physical == PARQUET_INT32 && (bits == 8 || bits == 16 || bits == 32);
}

static bool time_fits(const struct schema_element *e)
{
    enum time_unit unit = e->meaning.unit;
    if (unit == TIME_UNIT_MS && e->meaning.logical == PARQUET_TIME) {
        return e->physical == PARQUET_INT32;
    }
    return unit != TIME_UNIT_NONE && e->physical == PARQUET_INT64;
}

/* Whether the physical type can carry that meaning. */
static bool meaning_fits(const struct schema_element *e)
{
    switch (e->meaning.logical) {
    case PARQUET_STRING:
    case PARQUET_ENUM:
    case PARQUET_JSON:
    case PARQUET_BSON:
        return e->physical == PARQUET_BYTE_ARRAY;
    case PARQUET_UUID:
        return e->physical == PARQUET_FIXED && e->type_length == 16;
    case PARQUET_FLOAT16:
        return e->physical == PARQUET_FIXED && e->type_length == 2;
    case PARQUET_INTERVAL:
        return e->physical == PARQUET_FIXED && e->type_length == 12;
    case PARQUET_DATE:
        return e->physical == PARQUET_INT32;
    case PARQUET_TIME:
    case PARQUET_TIMESTAMP:
        return time_fits(e);
    case PARQUET_INTEGER:
        return integer_fits(e);
    case PARQUET_DECIMAL:
        return e->physical == PARQUET_INT32 || e->physical == PARQUET_INT64 ||
               e->physical == PARQUET_BYTE_ARRAY || e->physical == PARQUET_FIXED;
    default:
        return true;
    }
}

void logical_settle(struct schema_element *e)
{
    struct parquet_column *m = &e->meaning;
    if (!e->has_logical) {
        settle_converted(e->converted, m);
    }
    if (m->logical == PARQUET_DATE) {
        m->unit = TIME_UNIT_DAY;
    }
    if (!meaning_fits(e)) {
        *m = (struct parquet_column){.logical = PARQUET_OTHER};
    }
    if (m->logical != PARQUET_DECIMAL) {
        m->scale = m->precision = 0;
    }
    if (e->physical == PARQUET_INT96 && m->logical == PARQUET_PLAIN_VALUE) {
        m->logical = PARQUET_TIMESTAMP;
        m->unit = TIME_UNIT_NS;
    }
    if (m->logical != PARQUET_INTEGER) {
        m->is_signed = e->physical == PARQUET_INT32 || e->physical == PARQUET_INT64;
    }
}
