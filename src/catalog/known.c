#include <string.h>

#include "catalog/marks.h"
#include "catalog/metadata_json.h"

/* The strings of a JSON array that json_add_strings wrote: the escapes are those of base/json.c. */
static size_t hex4(const char *p)
{
    size_t v = 0;
    for (int i = 0; i < 4; i++) {
        char ch = p[i];
        v = v * 16 + (size_t)(ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
    }
    return v;
}

/* One string from behind its opening quote into the arena; *p ends behind the closing one. */
static const char *read_string(const char **p, struct arena *a)
{
    char *out = arena_alloc(a, strlen(*p) + 1);
    size_t n = 0;
    while (**p && **p != '"') {
        char ch = *(*p)++;
        if (ch == '\\' && **p) {
            static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
            ch = *(*p)++;
            const char *known = strchr(from, ch);
            if (ch == 'u' && strlen(*p) >= 4) {
                ch = (char)hex4(*p); /* json.c writes \u only for control characters */
                *p += 4;
            } else if (known) {
                ch = to[known - from];
            }
        }
        out[n++] = ch;
    }
    *p += **p == '"';
    out[n] = '\0';
    return out;
}

static void read_strings(const char *json, struct arena *a, struct known_dataset *out)
{
    /* No more strings than quotes. */
    size_t quotes = 0;
    for (const char *p = json; *p; p++) {
        quotes += *p == '"';
    }
    out->id_columns = arena_array(a, quotes / 2 + 1, sizeof *out->id_columns);
    for (const char *p = strchr(json, '"'); p; p = strchr(p, '"')) {
        p++;
        out->id_columns[out->n_id_columns++] = read_string(&p, a);
    }
}

static enum columns_origin parse_origin(const char *name)
{
    return !name || strcmp(name, "none") == 0 ? COLUMNS_NONE
           : strcmp(name, "metadata") == 0    ? COLUMNS_METADATA
                                              : COLUMNS_DETECTED;
}

static enum error_code known_description(struct catalog *c, const char *dataset_id, struct arena *a,
                                         struct known_dataset *out, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_KNOWN_DATASET, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    if (db_next(&rows)) {
        out->found = true;
        const char *json = db_copy_text(&rows, 0, a);
        read_strings(json ? json : "[]", a, out);
        out->time_column = db_copy_text(&rows, 1, a);
        out->origin = parse_origin(db_copy_text(&rows, 2, a));
        out->metadata_key = db_copy_key(&rows, 3, a);
        out->metadata_etag = db_copy_text(&rows, 4, a);
        out->pending = db_get_bool(&rows, 5);
        out->targets = db_copy_text(&rows, 6, a);
        out->frequency = db_copy_text(&rows, 7, a);
        out->lists = db_get_bool(&rows, 8);
    }
    return db_rows_end(&rows, err);
}

static enum error_code known_files(struct catalog *c, const char *dataset_id, struct arena *a,
                                   struct known_dataset *out, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_KNOWN_FILES, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    out->files = arena_array(a, duckdb_row_count(&rows.result), sizeof *out->files);
    while (db_next(&rows)) {
        struct known_file *f = &out->files[out->n_files++];
        f->key = db_copy_key(&rows, 0, a);
        f->etag = db_copy_text(&rows, 1, a);
        f->size = (uint64_t)db_get_i64(&rows, 2);
        if (!depth_parse(db_copy_text(&rows, 3, a), &f->depth)) {
            f->depth = DEPTH_NONE;
        }
        f->failed = db_get_bool(&rows, 4);
    }
    return db_rows_end(&rows, err);
}

enum error_code catalog_known(struct catalog *c, const char *dataset_id, struct arena *a,
                              struct known_dataset *out, struct error *err)
{
    *out = (struct known_dataset){0};
    if (c->writer && !marks_has(c, dataset_id, MARK_KNOWN)) {
        return OK;
    }
    enum error_code code = c->writer ? catalog_flush(c, err) : OK;
    code = code ? code : known_description(c, dataset_id, a, out, err);
    return code || !out->found ? code : known_files(c, dataset_id, a, out, err);
}

enum error_code catalog_count_id_columns(struct catalog *c, const char *dataset_id, size_t *n,
                                         struct error *err)
{
    struct known_dataset known = {0};
    struct arena a;
    uint64_t described;
    if (map_get(&c->id_columns, str_c(dataset_id), &described) && described) {
        *n = (size_t)described - 1;
        return OK;
    }
    arena_init(&a);
    enum error_code code = known_description(c, dataset_id, &a, &known, err);
    *n = known.n_id_columns;
    arena_reset(&a);
    return code;
}

bool catalog_same_targets(const struct known_dataset *k, const struct dataset_meta *m)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    if (m) {
        json_add_columns(&b, &m->targets);
    }
    bool none = !m || m->targets.n == 0, none_then = !k->targets || strcmp(k->targets, "[]") == 0;
    bool same = none || none_then ? none == none_then : str_eq(strbuf_view(&b), str_c(k->targets));
    strbuf_free(&b);
    return same;
}

enum error_code catalog_dataset_ids(struct catalog *c, const char *source_uri, struct arena *a,
                                    const char ***ids, size_t *n, struct error *err)
{
    struct db_rows rows;
    *n = 0;
    struct db_call q = db_begin(&c->db, STMT_DATASET_IDS, err);
    db_bind_text(&q, "root", source_uri);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    *ids = arena_array(a, duckdb_row_count(&rows.result) + 1, sizeof **ids);
    while (db_next(&rows)) {
        (*ids)[(*n)++] = db_copy_key(&rows, 0, a);
    }
    return db_rows_end(&rows, err);
}

enum error_code catalog_dataset_places(struct catalog *c, const char *source_uri, struct arena *a,
                                       const char ***ids, const char ***folders, size_t *n,
                                       struct error *err)
{
    struct db_rows rows;
    *n = 0;
    struct db_call q = db_begin(&c->db, STMT_DATASET_PLACES, err);
    db_bind_text(&q, "root", source_uri);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    *ids = arena_array(a, duckdb_row_count(&rows.result) + 1, sizeof **ids);
    *folders = arena_array(a, duckdb_row_count(&rows.result) + 1, sizeof **folders);
    while (db_next(&rows)) {
        (*ids)[*n] = db_copy_key(&rows, 0, a);
        const char *folder = db_copy_key(&rows, 1, a);
        (*folders)[(*n)++] = folder ? folder : "";
    }
    return db_rows_end(&rows, err);
}
