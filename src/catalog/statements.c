#include "catalog/statements.h"

#include <stddef.h>
#include <string.h>

extern const char sql_write[], sql_aggregate[], sql_sample[], sql_drift[], sql_read[], sql_dump[],
    sql_feed[];

/* The line that opens a statement in the .sql files. */
#define MARK "-- name: "

#define DB_STATEMENT_NAME(sym, name) name,
static const char *const names[] = {DB_STATEMENTS(DB_STATEMENT_NAME)};

static const char *const texts[] = {sql_write, sql_aggregate, sql_sample, sql_drift,
                                    sql_read,  sql_dump,      sql_feed};

const char *statement_name(enum db_statement which)
{
    return names[which];
}

/* The text behind "-- name: <name>" up to the next such line; NULL where `sql` has none of that
 * name. */
static const char *find_in(const char *sql, const char *name, unsigned long *len)
{
    size_t n = strlen(name);
    for (const char *p = strstr(sql, MARK); p; p = strstr(p, MARK)) {
        p += sizeof MARK - 1;
        if (strncmp(p, name, n) == 0 && p[n] == '\n') {
            const char *text = p + n + 1;
            const char *end = strstr(text, MARK);
            *len = end ? (unsigned long)(end - text) : strlen(text);
            return text;
        }
    }
    return NULL;
}

const char *statement_text(enum db_statement which, unsigned long *len)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = find_in(texts[i], names[which], len);
        if (text) {
            return text;
        }
    }
    *len = 0;
    return NULL;
}
