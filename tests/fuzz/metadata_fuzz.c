// module: format
/* Metadata is written by anyone who may write to the bucket. Whatever the bytes, the parser
 * returns, reads nothing outside them and, where it accepts them, gives back strings that the
 * catalog can store: valid UTF-8, and JSON for the rest. */
#include <stdint.h>
#include <stdlib.h>

#include "format/metadata.h"

static void check_text(const char *s)
{
    if (s && !str_is_utf8(str_c(s))) {
        abort();
    }
}

static void check_columns(const struct column_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        check_text(list->items[i].name);
        check_text(list->items[i].type);
        check_text(list->items[i].subtype);
        if (!list->items[i].name[0]) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct dataset_meta m;
    struct error err;
    arena_init(&a);
    enum error_code code = metadata_parse(str_n(data, size), "f/x_metadata.yaml", &a, &m, &err);
    if (code) {
        if (code != err.code || !err.text[0]) {
            abort();
        }
    } else {
        const char *texts[] = {m.name,  m.type,      m.description, m.source,    m.storage_location,
                               m.theme, m.frequency, m.time_column, m.extra_json};
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            check_text(texts[i]);
        }
        const struct column_list *lists[] = {&m.ts_id,        &m.targets,     &m.hist,
                                             &m.future,       &m.fixed,       &m.store_hist,
                                             &m.store_future, &m.store_static};
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            check_columns(lists[i]);
        }
        for (size_t i = 0; i < m.n_tags; i++) {
            check_text(m.tags[i]);
        }
        if (m.extra_json[0] != '{') {
            abort();
        }
    }
    arena_reset(&a);
    return 0;
}
