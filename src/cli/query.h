/* query.h - what the commands that ask the catalog share. */
#ifndef TSI_CLI_QUERY_H
#define TSI_CLI_QUERY_H

#include "cli/app.h"

/* Open the catalog of --database, and say where its state is a snapshot. On failure the error was
 * told, and its exit code is returned. */
int query_open(struct app *app, struct tsi_catalog **catalog);

/* Write the result (may be NULL) or tell the error; free and close everything; return `code`. */
int query_finish(struct app *app, struct tsi_catalog *catalog, int code, struct tsi_result *result,
                 const struct tsi_error *err);

/* status --watch: one line a second about the run that is under way, until it ends. */
int status_watch(struct app *app);

#endif
