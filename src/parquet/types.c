/* types.c - a column's type as text, in the words that Arrow, Polars and pandas users know. */
#include <stdio.h>

#include "parquet/footer.h"

static const char *physical_text(enum parquet_physical p)
{
    static const char *const names[] = {
        [PARQUET_BOOLEAN] = "bool",      [PARQUET_INT32] = "int32", [PARQUET_INT64] = "int64",
        [PARQUET_INT96] = "int96",       [PARQUET_FLOAT] = "float", [PARQUET_DOUBLE] = "double",
        [PARQUET_BYTE_ARRAY] = "binary",
    };
    return names[p];
}

static char *plain_text(const struct parquet_column *c, struct arena *a)
{
    if (c->physical == PARQUET_FIXED) {
        return arena_printf(a, "fixed[%u]", c->type_length);
    }
    return arena_strdup(a, physical_text(c->physical));
}

/* Logical types whose text is one word. */
static const char *logical_word(enum parquet_logical l)
{
    static const char *const words[] = {
        [PARQUET_STRING] = "string",   [PARQUET_ENUM] = "enum",
        [PARQUET_JSON] = "json",       [PARQUET_BSON] = "bson",
        [PARQUET_UUID] = "uuid",       [PARQUET_DATE] = "date",
        [PARQUET_FLOAT16] = "float16", [PARQUET_INTERVAL] = "interval",
        [PARQUET_NULL_TYPE] = "null",  [PARQUET_OTHER] = NULL,
    };
    return words[l];
}

static char *leaf_text(const struct parquet_column *c, struct arena *a)
{
    const char *utc = c->utc ? ", UTC" : "";
    switch (c->logical) {
    case PARQUET_DECIMAL:
        return arena_printf(a, "decimal(%d,%d)", c->precision, c->scale);
    case PARQUET_TIME:
        return arena_printf(a, "time[%s%s]", time_unit_name(c->unit), utc);
    case PARQUET_TIMESTAMP:
        return arena_printf(a, "timestamp[%s%s]", time_unit_name(c->unit), utc);
    case PARQUET_INTEGER:
        return arena_printf(a, "%sint%u", c->is_signed ? "" : "u", c->int_bits);
    default:
        break;
    }
    const char *word = logical_word(c->logical);
    return word ? arena_strdup(a, word) : plain_text(c, a);
}

char *parquet_type_text(const struct parquet_column *c, struct arena *a)
{
    char *text = leaf_text(c, a);
    for (unsigned i = 0; i < c->max_rep; i++) {
        text = arena_printf(a, "list<%s>", text);
    }
    return text;
}

size_t parquet_width(const struct parquet_column *c)
{
    switch (c->physical) {
    case PARQUET_BOOLEAN:
        return 1;
    case PARQUET_INT32:
    case PARQUET_FLOAT:
        return 4;
    case PARQUET_INT64:
    case PARQUET_DOUBLE:
        return 8;
    case PARQUET_INT96:
        return 12;
    case PARQUET_FIXED:
        return c->type_length;
    case PARQUET_BYTE_ARRAY:
        break;
    }
    return 0;
}
