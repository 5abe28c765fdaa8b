/* tsi_doctor: the checks of the store as a result. */
#include "api/error_api.h"
#include "api/result.h"
#include "api/store_options.h"
#include "store/diagnose.h"

#define EXIT_FAILED      1
#define EXIT_CREDENTIALS 5

static void add_row(struct table *t, const struct store_check *c)
{
    static const char *const statuses[] = {"ok", "warn", "fail"};
    struct cell *row = table_add_row(t);
    row[0] = cell_text(t, CELL_TEXT, str_c(c->name));
    row[1] = cell_text(t, CELL_TEXT, str_c(statuses[c->status]));
    row[2] = cell_text(t, CELL_TEXT, str_c(c->detail));
    if (c->hint) {
        row[3] = cell_text(t, CELL_TEXT, str_c(c->hint));
    }
    if (c->timed) {
        row[4] = cell_double(c->ms);
    }
}

/* The worst of the checks: credentials and permissions have a code of their own. */
static int exit_code_of(const struct store_report *r)
{
    int code = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->checks[i].status == CHECK_FAIL && code != EXIT_CREDENTIALS) {
            code = error_exit_code(r->checks[i].code) == EXIT_CREDENTIALS ? EXIT_CREDENTIALS
                                                                          : EXIT_FAILED;
        }
    }
    return code;
}

int tsi_doctor(const char *source, const struct tsi_store_options *options, struct tsi_result **out,
               struct tsi_error *err)
{
    static const char *const names[] = {"check", "status", "detail", "hint", "ms"};
    struct store_options o = {0};
    struct store_report report;
    struct table t;
    if (options) {
        store_options_take(options, &o);
    }
    error_publish_none(err);
    store_diagnose(source, &o, &report);
    table_init(&t, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < report.n; i++) {
        add_row(&t, &report.checks[i]);
    }
    t.total = t.matched = report.n;
    int code = exit_code_of(&report);
    store_report_free(&report);
    *out = result_take(&t);
    return code;
}
