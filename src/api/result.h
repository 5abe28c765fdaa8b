/* result.h - the public result over a table of the model. */
#ifndef TSI_API_RESULT_H
#define TSI_API_RESULT_H

#include "model/table.h"
#include "tsindexer.h"

/* A result that owns the table; `table` is left empty. Freed with tsi_result_free. */
struct tsi_result *result_take(struct table *table);

#endif
