#include "catalog/id_parts.h"

#include "catalog/text.h"
#include "model/series_id.h"

/* A composite key of more columns than this is kept as one part: no real one has. */
#define PARTS_MAX 64

static size_t split(struct str text, size_t want, struct arena *a, struct str *parts)
{
    size_t n = want < 1 ? 1 : want;
    if (n > PARTS_MAX || series_id_parse(text, n, a, parts, NULL)) {
        parts[0] = text;
        return 1;
    }
    return n;
}

/* Put one part at `at` of the list's child vector, whose values may stem from an earlier chunk. */
static void put_part(duckdb_vector child, idx_t at, struct str part, struct strbuf *clean)
{
    duckdb_vector_ensure_validity_writable(child);
    uint64_t *validity = duckdb_vector_get_validity(child);
    if (!part.data) {
        duckdb_validity_set_row_invalid(validity, at);
        return;
    }
    duckdb_validity_set_row_valid(validity, at);
    strbuf_clear(clean);
    text_clean(part, clean);
    duckdb_vector_assign_string_element_len(child, at, clean->len ? clean->data : "", clean->len);
}

void id_parts_put(duckdb_vector list, idx_t row, struct str id, size_t n_parts)
{
    struct str parts[PARTS_MAX];
    struct strbuf clean;
    struct arena a;
    arena_init(&a);
    strbuf_init(&clean, SIZE_MAX);
    idx_t at = duckdb_list_vector_get_size(list);
    size_t n = split(id, n_parts, &a, parts);
    duckdb_list_entry *entries = duckdb_vector_get_data(list);
    entries[row] = (duckdb_list_entry){.offset = at, .length = n};
    (void)!duckdb_list_vector_reserve(list, at + n);
    for (size_t i = 0; i < n; i++) {
        put_part(duckdb_list_vector_get_child(list), at + i, parts[i], &clean);
    }
    (void)!duckdb_list_vector_set_size(list, at + n);
    strbuf_free(&clean);
    arena_reset(&a);
}
