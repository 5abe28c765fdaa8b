#include <string.h>

#include "base/clock.h"
#include "catalog/internal.h"

extern const char sql_schema[], sql_schema_2[], sql_schema_3[], sql_schema_4[];

/* Scripts that lead from version i to i + 1, the first from nothing. Never edited once released. */
static const char *const migrations[] = {sql_schema, sql_schema_2, sql_schema_3, sql_schema_4};
#define CURRENT_VERSION ((int64_t)(sizeof migrations / sizeof *migrations))

struct contents {
    bool any, datasets, versioned; /* tables: any at all, `datasets`, `schema_version` */
    int64_t version;               /* 0: none */
};

static enum error_code look_at_version(struct db *db, struct contents *c, struct error *err)
{
    struct db_call q = db_begin(db, STMT_SCHEMA_VERSION, err);
    struct db_rows rows;
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    if (db_next(&rows)) {
        c->version = db_get_i64(&rows, 0);
    }
    return db_rows_end(&rows, err);
}

static enum error_code look(struct db *db, struct contents *c, struct error *err)
{
    *c = (struct contents){0};
    struct db_call q = db_begin(db, STMT_LIST_TABLES, err);
    struct db_rows rows;
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    while (db_next(&rows)) {
        struct str name = db_get_str(&rows, 0);
        c->any = true;
        c->datasets = c->datasets || str_eq(name, str_c("datasets"));
        c->versioned = c->versioned || str_eq(name, str_c("schema_version"));
    }
    code = db_rows_end(&rows, err);
    return code || !c->versioned ? code : look_at_version(db, c, err);
}

static enum error_code refuse(const struct contents *c, const char *path, struct error *err)
{
    if (c->version > CURRENT_VERSION) {
        return error_set(
            err, ERR_CATALOG_NEWER,
            "%s has catalog version %lld, this program knows %lld: use a newer ts-indexer", path,
            (long long)c->version, (long long)CURRENT_VERSION);
    }
    if (c->any && !c->versioned) {
        return error_set(err, ERR_CATALOG_DAMAGED,
                         "%s is a DuckDB file, but not a catalog of this program%s: choose another "
                         "--database",
                         path, c->datasets ? " (an earlier indexer's tables are in it)" : "");
    }
    return OK;
}

static enum error_code migrate_once(struct db *db, int64_t from, struct error *err)
{
    enum error_code code = db_run_script(db, migrations[from], err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(db, STMT_SCHEMA_VERSION_PUT, err);
    db_bind_i64(&q, "version", from + 1);
    db_bind_i64(&q, "now", clock_wall_us());
    return db_run(&q);
}

enum error_code schema_prepare(struct db *db, const char *path, struct error *err)
{
    struct contents have;
    enum error_code code = look(db, &have, err);
    code = code ? code : refuse(&have, path, err);
    for (int64_t v = have.version; !code && v < CURRENT_VERSION; v++) {
        code = db_run_plain(db, STMT_BEGIN, err);
        code = code ? code : migrate_once(db, v, err);
        code = code ? code : db_run_plain(db, STMT_COMMIT, err);
    }
    return code;
}

enum error_code schema_check(struct db *db, const char *path, struct error *err)
{
    struct contents have;
    enum error_code code = look(db, &have, err);
    code = code ? code : refuse(&have, path, err);
    if (!code && !have.any) {
        code = error_set(err, ERR_NO_CATALOG, "%s holds nothing yet: run ts-indexer index first",
                         path);
    } else if (!code && have.version < CURRENT_VERSION) {
        code =
            error_set(err, ERR_CATALOG,
                      "%s has the older catalog version %lld: run ts-indexer index once to bring "
                      "it up to date",
                      path, (long long)have.version);
    }
    return code;
}
