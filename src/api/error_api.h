/* error_api.h - from the error of the modules to the error of the public API. */
#ifndef TSI_API_ERROR_API_H
#define TSI_API_ERROR_API_H

#include "base/error.h"
#include "tsindexer.h"

/* Fill `out` (may be NULL) from an error with its code set, and return the exit code: never 0 for
 * an error, so that a caller cannot take what a note says for success. */
int error_publish(const struct error *err, struct tsi_error *out);

/* The public functions begin with this: no text of an earlier call is left. */
void error_publish_none(struct tsi_error *out);

#endif
