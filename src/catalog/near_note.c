/* The note of ids that nearly collide: how many, and some of them. */
#include <string.h>

#include "catalog/notes.h"

#define PAIRS_SHOWN 3
/* So many candidates are asked for by name. */
#define AMONG_MAX ((size_t)1 << 16)
/* Where there are more, all ids are grouped, so many at once: 100 bytes each in DuckDB's memory, of
 * which a run has 128 MiB at least. */
#define SERIES_A_PART 500000

struct near_pair {
    struct strbuf first, last;
};

struct near_note {
    struct catalog *catalog;
    const char *dataset_id;
    struct near_pair pairs[PAIRS_SHOWN]; /* the least ones */
    size_t n_pairs;
    int64_t n; /* series, of all */
};

static void copy(struct strbuf *to, struct str from)
{
    strbuf_clear(to);
    strbuf_add(to, from.data, from.len);
}

/* Those of one part come in order, parts do not. */
static void add_pair(struct near_note *note, struct str first, struct str last)
{
    size_t at = note->n_pairs;
    while (at > 0 && str_cmp(first, strbuf_view(&note->pairs[at - 1].first)) < 0) {
        at--;
    }
    if (at == PAIRS_SHOWN) {
        return;
    }
    note->n_pairs += note->n_pairs < PAIRS_SHOWN;
    struct near_pair place = note->pairs[note->n_pairs - 1];
    memmove(&note->pairs[at + 1], &note->pairs[at], (note->n_pairs - 1 - at) * sizeof *note->pairs);
    copy(&place.first, first);
    copy(&place.last, last);
    note->pairs[at] = place;
}

static enum error_code ask(struct near_note *note, struct db_call *q)
{
    struct db_rows rows;
    int64_t n = 0;
    db_bind_i64(q, "limit", PAIRS_SHOWN);
    enum error_code code = db_query(q, &rows);
    if (code) {
        return code;
    }
    while (db_next(&rows)) {
        add_pair(note, db_get_str(&rows, 0), db_get_str(&rows, 1));
        n = db_get_i64(&rows, 2);
    }
    note->n += n;
    return db_rows_end(&rows, q->err);
}

static enum error_code ask_all(struct near_note *note, uint64_t series, struct error *err)
{
    int64_t parts = (int64_t)(series / SERIES_A_PART) + 1;
    enum error_code code = OK;
    for (int64_t part = 0; part < parts && !code; part++) {
        struct db_call q = db_begin(&note->catalog->db, STMT_NEAR_IDS, err);
        db_bind_key(&q, "dataset", note->dataset_id);
        db_bind_i64(&q, "parts", parts);
        db_bind_i64(&q, "part", part);
        code = ask(note, &q);
    }
    return code;
}

static enum error_code ask_among(struct near_note *note, const struct str *ids, size_t n,
                                 struct error *err)
{
    struct db_call q = db_begin(&note->catalog->db, STMT_NEAR_IDS_AMONG, err);
    db_bind_strs(&q, "ids", ids, n);
    return ask(note, &q);
}

/* The first AMONG_MAX ids that may be near another; *n counts all of them, *series all series. */
static enum error_code find(struct near_note *note, struct near_ids *near, struct arena *a,
                            struct str *ids, size_t *n, uint64_t *series, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&note->catalog->db, STMT_SERIES_IDS, err);
    db_bind_key(&q, "dataset", note->dataset_id);
    enum error_code code = db_query_stream(&q, &rows);
    if (code) {
        return code;
    }
    while (db_next(&rows)) {
        struct str id = db_get_str(&rows, 0);
        ++*series;
        if (!near_ids_has(near, id)) {
            continue;
        }
        if (*n < AMONG_MAX) {
            ids[*n] = str_n(arena_strndup(a, id.data, id.len), id.len);
        }
        ++*n;
    }
    return db_rows_end(&rows, err);
}

static enum error_code count(struct near_note *note, struct near_ids *near, struct error *err)
{
    struct arena a;
    arena_init(&a);
    size_t n = 0;
    uint64_t series = 0;
    struct str *ids = mem_alloc(AMONG_MAX * sizeof *ids);
    enum error_code code = catalog_flush_series(note->catalog, err);
    code = code ? code : find(note, near, &a, ids, &n, &series, err);
    if (!code && n > AMONG_MAX) {
        code = ask_all(note, series, err);
    } else if (!code && n > 1) {
        code = ask_among(note, ids, n, err);
    }
    mem_free(ids);
    arena_reset(&a);
    return code;
}

static enum error_code put(const struct near_note *note, struct error *err)
{
    struct strbuf text;
    if (note->n == 0) {
        return notes_put(note->catalog, note->dataset_id, ERR_NEAR_IDS, NULL, err);
    }
    strbuf_init(&text, ERROR_TEXT_MAX);
    strbuf_printf(&text,
                  "%lld series have ids that differ from another's only by case, blanks or leading "
                  "zeros, such as ",
                  (long long)note->n);
    for (size_t i = 0; i < note->n_pairs; i++) {
        strbuf_add_c(&text, i ? "; " : "");
        notes_add_id(&text, strbuf_view(&note->pairs[i].first));
        strbuf_add_c(&text, " and ");
        notes_add_id(&text, strbuf_view(&note->pairs[i].last));
    }
    strbuf_add_c(&text, "; they are kept apart");
    enum error_code code = notes_put(note->catalog, note->dataset_id, ERR_NEAR_IDS, text.data, err);
    strbuf_free(&text);
    return code;
}

enum error_code notes_near_ids(struct catalog *c, const char *dataset_id, struct near_ids *near,
                               int64_t *n, struct error *err)
{
    struct near_note note = {.catalog = c, .dataset_id = dataset_id};
    for (size_t i = 0; i < PAIRS_SHOWN; i++) {
        strbuf_init(&note.pairs[i].first, SIZE_MAX);
        strbuf_init(&note.pairs[i].last, SIZE_MAX);
    }
    enum error_code code = near ? count(&note, near, err) : OK;
    code = code ? code : put(&note, err);
    *n = note.n;
    for (size_t i = 0; i < PAIRS_SHOWN; i++) {
        strbuf_free(&note.pairs[i].first);
        strbuf_free(&note.pairs[i].last);
    }
    return code;
}
