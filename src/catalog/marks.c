#include "catalog/marks.h"

/* Columns of load_marks. */
enum { L_DATASET, L_KNOWN, L_PENDING, L_FAILURES, L_ERRORS };

enum error_code marks_load(struct catalog *c, struct error *err)
{
    struct db_rows rows;
    struct arena a;
    map_free(&c->marks);
    map_init(&c->marks);
    struct db_call q = db_begin(&c->db, STMT_LOAD_MARKS, err);
    enum error_code code = db_query_stream(&q, &rows);
    if (code) {
        return code;
    }
    arena_init(&a);
    while (db_next(&rows)) {
        unsigned marks = db_get_bool(&rows, L_KNOWN) ? MARK_KNOWN | MARK_SERIES | MARK_TWINS : 0;
        marks |= db_get_bool(&rows, L_PENDING) ? MARK_TOUCHED : 0;
        marks |= db_get_bool(&rows, L_FAILURES) ? MARK_FAILURES | MARK_OLD : 0;
        marks |= db_get_bool(&rows, L_ERRORS) ? MARK_ERRORS : 0;
        marks_set(c, db_copy_key(&rows, L_DATASET, &a), marks);
        arena_reset(&a);
    }
    return db_rows_end(&rows, err);
}

bool marks_has(const struct catalog *c, const char *dataset_id, enum dataset_mark m)
{
    uint64_t marks;
    return map_get(&c->marks, str_c(dataset_id), &marks) && (marks & (uint64_t)m);
}

void marks_set(struct catalog *c, const char *dataset_id, unsigned marks)
{
    map_put(&c->marks, str_c(dataset_id), NULL)->value |= marks;
}

void marks_clear(struct catalog *c, const char *dataset_id, unsigned marks)
{
    uint64_t now;
    if (map_get(&c->marks, str_c(dataset_id), &now)) {
        map_put(&c->marks, str_c(dataset_id), NULL)->value = now & ~(uint64_t)marks;
    }
}

void marks_clear_all(struct catalog *c, unsigned marks)
{
    for (size_t i = 0; i < c->marks.count; i++) {
        c->marks.entries[i].value &= ~(uint64_t)marks;
    }
}

void marks_start_run(struct catalog *c)
{
    for (size_t i = 0; i < c->marks.count; i++) {
        uint64_t *marks = &c->marks.entries[i].value;
        *marks |= *marks & MARK_FAILURES ? MARK_OLD : 0;
    }
}
