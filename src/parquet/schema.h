/* schema.h - the schema of a footer: from the flattened tree to its leaves. */
#ifndef TSI_PARQUET_SCHEMA_H
#define TSI_PARQUET_SCHEMA_H

#include "format/thrift.h"
#include "parquet/footer.h"

/* Groups inside groups. */
#define SCHEMA_NESTING_MAX 64
/* Tables of a hundred thousand columns exist; the bound keeps the parsed form below 100 MB. */
#define SCHEMA_COLUMNS_MAX ((size_t)1 << 20)
/* All dotted paths together: deep trees with long names repeat them in every leaf, so that paths
 * are not bounded by a multiple of the footer's bytes. */
#define SCHEMA_PATHS_MAX ((size_t)64 << 20)
/* A SchemaElement has a name at least: field, length, stop. */
#define SCHEMA_ELEMENT_MIN 3

/* Fills columns and n_columns of `f` from the `n` schema elements before which the cursor stands. A
 * fault is the cursor's. */
void schema_parse(struct thrift *t, size_t n, struct arena *a, struct parquet_footer *f);

/* One SchemaElement, as it stands in the file. */
struct schema_element {
    bool has_type;
    enum parquet_physical physical;
    int32_t type_length;
    int32_t repetition; /* 0 required, 1 optional, 2 repeated */
    struct str name;
    int32_t children;
    struct parquet_column meaning; /* logical type, unit, sign, scale: only these fields are set */
    bool has_logical;
    int32_t converted; /* -1: none */
};

/* logical.c: the LogicalType union, into `meaning`; and after all fields are read, the converted
 * type where there is no logical one, and the check that the meaning fits the physical type. */
void logical_parse(struct thrift *t, struct schema_element *e);
void logical_settle(struct schema_element *e);

#endif
