/* app.h - one run of the program: from argv to the exit code. */
#ifndef TSI_CLI_APP_H
#define TSI_CLI_APP_H

#include "cli/format.h"
#include "cli/output.h"
#include "cli/parse.h"

struct app {
    struct command_line line;
    struct output out;
    enum format format;
    struct format_style style; /* of stdout */
    bool quiet;
    int failed; /* the exit code where an answer could not be written; told already */
};

/* What main calls: everything but the process itself. */
int app_main(int argc, char *const *argv);

/* The commands: each returns the exit code. */
int command_index(struct app *app);
int command_status(struct app *app);
int command_datasets(struct app *app);
int command_search(struct app *app);
int command_show(struct app *app);
int command_twins(struct app *app);
int command_failures(struct app *app);
int command_drift(struct app *app);
int command_dump(struct app *app);
int command_doctor(struct app *app);
int command_completions(struct app *app);
int command_help(struct app *app);
int command_version(struct app *app);

/* ---- for the commands ---- */

/* A line for people on stderr, not with --quiet. */
void app_say(const struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The error on stderr; returns its exit code. */
int app_fail(const struct tsi_error *err);
/* A wrong command line: the message and where help is; returns 2. */
int app_usage(const struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* An answer in the format that was asked for. */
void app_write(struct app *app, const struct view *v);

#endif
