/* result.h - the public result over a table of the model. */
#ifndef TSI_API_RESULT_H
#define TSI_API_RESULT_H

#include "model/table.h"
#include "tsindexer.h"

/* A result that owns the table; `table` is left empty. Freed with tsi_result_free. */
struct tsi_result *result_take(struct table *table);
/* `part` is freed with `r`. */
void result_attach(struct tsi_result *r, struct tsi_result *part);
/* One owner more; each calls tsi_result_free. A result that is shared is not changed any more. */
struct tsi_result *result_share(struct tsi_result *r);

#endif
