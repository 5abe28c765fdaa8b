#include "catalog/notes.h"

#include <string.h>

#include "catalog/marks.h"

/* Columns shown of those that differ, and bytes shown of a name. */
#define COLUMNS_SHOWN 3
#define ID_SHOWN      40

/* Notes belong to no object of the dataset. */
static bool may_have_note(const struct catalog *c, const char *dataset_id)
{
    struct strbuf pair;
    uint64_t failing = 0;
    strbuf_init(&pair, SIZE_MAX);
    catalog_pair(&pair, dataset_id, "");
    bool may = map_get(&c->failing, strbuf_view(&pair), &failing) && failing;
    strbuf_free(&pair);
    return may;
}

enum error_code notes_put(struct catalog *c, const char *dataset_id, enum error_code what,
                          const char *text, struct error *err)
{
    if (text) {
        return catalog_failure_put(c, dataset_id, "", what, text, err);
    }
    if (!may_have_note(c, dataset_id)) {
        return OK;
    }
    enum error_code code = bulk_flush(&c->failures, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_NOTE_DELETE, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_text(&q, "code", error_name(what));
    return db_run(&q);
}

enum error_code notes_time_units(struct catalog *c, const char *dataset_id, const bool *units,
                                 enum time_unit in, struct error *err)
{
    struct strbuf b;
    size_t n = 0;
    strbuf_init(&b, ERROR_TEXT_MAX);
    strbuf_add_c(&b, "files count time in different units:");
    for (int u = TIME_UNIT_INDEX; u <= TIME_UNIT_NS; u++) {
        if (units[u]) {
            strbuf_printf(&b, "%s %s", n ? "," : "", time_unit_name((enum time_unit)u));
            n++;
        }
    }
    if (in == TIME_UNIT_NONE) {
        strbuf_add_c(&b, "; their times are not compared");
    } else {
        strbuf_printf(&b, "; their times are compared in %s", time_unit_name(in));
    }
    enum error_code code = notes_put(c, dataset_id, ERR_TIME_UNITS, n > 1 ? b.data : NULL, err);
    strbuf_free(&b);
    return code;
}

void notes_add_id(struct strbuf *b, struct str id)
{
    size_t n = id.len < ID_SHOWN ? id.len : ID_SHOWN;
    while (n < id.len && n > 0 && ((unsigned char)id.data[n] & 0xc0) == 0x80) {
        n--; /* not in the middle of a character */
    }
    strbuf_add_char(b, '\'');
    strbuf_add(b, id.data, n);
    strbuf_add_c(b, n < id.len ? "...'" : "'");
}

/* ---- drift ---- */

static enum error_code count_drift(struct catalog *c, const char *dataset_id, int64_t *n,
                                   struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_DRIFT_COUNT, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    *n = db_next(&rows) ? db_get_i64(&rows, 0) : 0;
    return db_rows_end(&rows, err);
}

/* "'load' added from part-3 on (2 of 5 files)" */
static void add_change(struct strbuf *b, struct db_rows *rows, struct arena *a)
{
    const char *change = db_copy_text(rows, 1, a);
    strbuf_add_c(b, b->len ? "; " : "");
    notes_add_id(b, db_get_str(rows, 0));
    if (strcmp(change, "type") == 0) {
        strbuf_printf(b, " has the types %s of %lld files", db_copy_text(rows, 2, a),
                      (long long)db_get_i64(rows, 4));
    } else if (strcmp(change, "case") == 0) {
        strbuf_printf(b, " is spelt %s of %lld files", db_copy_text(rows, 2, a),
                      (long long)db_get_i64(rows, 4));
    } else {
        bool added = strcmp(change, "added") == 0;
        strbuf_printf(b, " is in %lld of %lld files%s", (long long)db_get_i64(rows, 3),
                      (long long)db_get_i64(rows, 4),
                      added                         ? ", from "
                      : strcmp(change, "lost") == 0 ? ", up to "
                                                    : ", not in ");
        strbuf_add_c(b, db_copy_key(rows, added ? 5 : strcmp(change, "lost") == 0 ? 6 : 7, a));
        strbuf_add_c(b, added ? " on" : "");
    }
}

static enum error_code describe_drift(struct catalog *c, const char *dataset_id, struct strbuf *b,
                                      struct error *err)
{
    struct db_rows rows;
    struct arena a;
    struct db_call q = db_begin(&c->db, STMT_DRIFT_SHOWN, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_i64(&q, "limit", COLUMNS_SHOWN);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    arena_init(&a);
    while (db_next(&rows)) {
        add_change(b, &rows, &a);
    }
    arena_reset(&a);
    return db_rows_end(&rows, err);
}

enum error_code notes_drift(struct catalog *c, const char *dataset_id, int64_t files, int64_t *n,
                            struct error *err)
{
    struct strbuf changes, text;
    bool possible = files > 1 || marks_has(c, dataset_id, MARK_TWINS);
    enum error_code code = OK;
    *n = 0;
    if (possible) {
        code = count_drift(c, dataset_id, n, err);
    }
    if (code || *n == 0) {
        return code ? code : notes_put(c, dataset_id, ERR_SCHEMA_DRIFT, NULL, err);
    }
    strbuf_init(&changes, ERROR_TEXT_MAX);
    strbuf_init(&text, ERROR_TEXT_MAX);
    code = describe_drift(c, dataset_id, &changes, err);
    if (!code) {
        strbuf_printf(&text, "%lld columns differ between files: %s; 'ts-indexer drift' lists all",
                      (long long)*n, changes.data ? changes.data : "");
        code = notes_put(c, dataset_id, ERR_SCHEMA_DRIFT, text.data, err);
    }
    strbuf_free(&changes);
    strbuf_free(&text);
    return code;
}
