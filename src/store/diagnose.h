/* diagnose.h - what `doctor` wants to know of a source: how it would be read, and whether that
 * works.
 *
 * Checks come in the order in which things can go wrong; what one that failed makes impossible is
 * left out. No secret is in them: of a key id its last four characters. Memory: texts live in the
 * report's arena. Blocks until the store has answered or has given up.
 */
#ifndef TSI_STORE_DIAGNOSE_H
#define TSI_STORE_DIAGNOSE_H

#include "store/store.h"

enum check_status { CHECK_OK, CHECK_WARN, CHECK_FAIL };

struct store_check {
    const char *name; /* "credentials": a contract */
    enum check_status status;
    const char *detail, *hint; /* hint NULL: nothing to change */
    bool timed;
    double ms;
    enum error_code code; /* where it failed */
};

#define STORE_CHECKS_MAX 16

struct store_report {
    struct arena arena;
    struct store_check checks[STORE_CHECKS_MAX];
    size_t n;
};

/* `source` NULL: only configuration and credentials for S3. Free with store_report_free. */
void store_diagnose(const char *source, const struct store_options *o, struct store_report *r);
void store_report_free(struct store_report *r);

/* For backends: the next check, its texts to be set from the arena. */
struct store_check *store_report_add(struct store_report *r, const char *name,
                                     enum check_status status);

#endif
