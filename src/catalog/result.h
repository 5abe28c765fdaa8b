/* result.h - a query's result as a table, or as lines of JSON. The aliases of read.sql say what a
 * column is. */
#ifndef TSI_CATALOG_RESULT_H
#define TSI_CATALOG_RESULT_H

#include <stdio.h>

#include "catalog/db.h"
#include "model/table.h"

/* Run the call and fill `out`, which the caller frees unless this failed. matched and total are the
 * number of rows, unless the result has a column ":matched". */
MUST_CHECK enum error_code result_table(struct db_call *q, struct table *out);

/* Run the call and write one object a row, `{"table":"<name>",...}`, holding one chunk of rows in
 * memory. */
MUST_CHECK enum error_code result_ndjson(struct db_call *q, const char *name, FILE *out);

#endif
