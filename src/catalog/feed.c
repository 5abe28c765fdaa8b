#include "catalog/feed.h"

#include <string.h>

#include "catalog/internal.h"

#define SEPARATOR '\x1F'

/* "a<sep>b" as an array of strings in the arena. */
static const char **split(const char *joined, size_t *n, struct arena *a)
{
    size_t count = joined && *joined ? 1 : 0;
    for (const char *p = joined; p && *p; p++) {
        count += *p == SEPARATOR;
    }
    const char **items = arena_array(a, count, sizeof *items);
    for (*n = 0; *n < count; (*n)++) {
        const char *end = strchrnul(joined, SEPARATOR);
        items[*n] = arena_strndup(a, joined, (size_t)(end - joined));
        joined = end + 1;
    }
    return items;
}

static void read_dataset(struct db_rows *r, struct arena *a, struct feed_dataset *d)
{
    d->dataset_id = db_copy_key(r, 0, a);
    d->name = db_copy_text(r, 1, a);
    d->theme = db_copy_text(r, 2, a);
    d->description = db_copy_text(r, 3, a);
    d->source = db_copy_text(r, 4, a);
    d->folder = db_copy_key(r, 5, a);
    d->frequency = db_copy_text(r, 6, a);
    d->tags = split(db_copy_text(r, 7, a), &d->n_tags, a);
    d->targets = split(db_copy_text(r, 8, a), &d->n_targets, a);
    d->covariates = split(db_copy_text(r, 9, a), &d->n_covariates, a);
    d->series = (uint64_t)db_get_i64(r, 10);
    d->records = (uint64_t)db_get_i64(r, 11);
    d->has_times = db_get_bool(r, 12);
    d->start_us = db_get_i64(r, 13);
    d->end_us = db_get_i64(r, 14);
    d->updated_us = db_get_i64(r, 15);
    d->quality = db_copy_text(r, 16, a);
}

enum error_code feed_datasets(struct catalog *c, struct arena *a, struct feed_dataset **out,
                              size_t *n, struct error *err)
{
    struct db_rows r;
    struct db_call q = db_begin(&c->db, STMT_FEED_DATASETS, err);
    enum error_code code = db_query(&q, &r);
    struct feed_dataset *list = NULL;
    size_t count = 0, cap = 0;
    if (code) {
        return code;
    }
    while (db_next(&r)) {
        list = mem_grow(list, count, &cap, sizeof *list);
        list[count] = (struct feed_dataset){0};
        read_dataset(&r, a, &list[count++]);
    }
    *out = arena_array(a, count, sizeof *list);
    *n = count;
    if (count) {
        memcpy(*out, list, count * sizeof *list);
    }
    mem_free(list);
    return db_rows_end(&r, err);
}

enum error_code feed_series(struct catalog *c, const char *dataset_id,
                            enum error_code (*each)(const struct feed_series *s, void *user,
                                                    struct error *err),
                            void *user, struct error *err)
{
    struct db_rows r;
    struct db_call q = db_begin(&c->db, STMT_FEED_SERIES, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query_stream(&q, &r);
    if (code) {
        return code;
    }
    while (!code && db_next(&r)) {
        struct feed_series s = {.id = db_get_str(&r, 0),
                                .records = (uint64_t)db_get_i64(&r, 1),
                                .has_records = !db_is_null(&r, 1),
                                .has_times = db_get_bool(&r, 2),
                                .start_us = db_get_i64(&r, 3),
                                .end_us = db_get_i64(&r, 4),
                                .has_missing = !db_is_null(&r, 5),
                                .missing = db_get_double(&r, 5)};
        code = each(&s, user, err);
    }
    /* The first fault is the one to tell. */
    enum error_code ended = db_rows_end(&r, code ? NULL : err);
    return code ? code : ended;
}
