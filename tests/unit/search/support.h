/* support.h - small indexes for the tests. */
#ifndef TSI_SEARCH_TEST_SUPPORT_H
#define TSI_SEARCH_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "search/search.h"
#include "search_corpus.h"

static inline void temporary_folder(char out[64])
{
    strcpy(out, "/tmp/search-test-XXXXXX");
    assert_non_null(mkdtemp(out));
}

static inline void remove_folder(const char *dir)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static inline void check(enum error_code rc, const struct error *err)
{
    if (rc != OK) {
        fail_msg("%s: %s", error_name(rc), err->text);
    }
}

static inline void add_id(struct search_builder *b, const char *id, int64_t records)
{
    struct error err;
    struct search_series s = {.id = str_c(id), .values = {records}, .has = records > 0};
    check(search_builder_series(b, &s, &err), &err);
}

static inline void add_dataset(struct search_builder *b, const char *id, const char *const *ids)
{
    struct error err;
    struct search_doc doc = {.dataset_id = id};
    check(search_builder_dataset(b, &doc, &err), &err);
    for (; ids && *ids; ids++) {
        add_id(b, *ids, 100);
    }
}

static inline struct search_builder *begin(const char *dir, bool fresh)
{
    struct error err;
    struct search_builder *b;
    check(search_builder_new(dir, &(struct search_build_options){.fresh = fresh}, &b, &err), &err);
    return b;
}

static inline void finish(struct search_builder *b, uint64_t generation)
{
    struct error err;
    check(search_builder_commit(b, generation, &err), &err);
    search_builder_free(b);
}

static inline struct search_index *open_index(const char *dir)
{
    struct error err;
    struct search_index *ix;
    check(search_open(dir, &ix, &err), &err);
    return ix;
}

/* An index of one dataset "d" with these ids. */
static inline struct search_index *index_of(char dir[64], const char *const *ids)
{
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_dataset(b, "d", ids);
    finish(b, 1);
    return open_index(dir);
}

static inline void ask_with(const struct search_index *ix, const char *text,
                            const struct search_options *o, struct search_result *out)
{
    struct error err;
    check(search_run(ix, str_c(text), o, out, &err), &err);
}

static inline void ask(const struct search_index *ix, const char *text, struct search_result *out)
{
    ask_with(ix, text, &(struct search_options){.kinds = SEARCH_SERIES_ONLY}, out);
}

/* Everything of a result that a user sees, as text: two results are the same if these are. */
static inline char *result_text(const struct search_result *r)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < r->n_hits; i++) {
        const struct search_hit *h = &r->hits[i];
        strbuf_printf(&b, "%s/%u/" STR_FMT " %llx %d %d %u", h->dataset_id,
                      h->is_dataset ? 0 : h->series, STR_ARG(h->text), (unsigned long long)h->score,
                      h->field, h->match, h->typos);
        for (size_t k = 0; k < h->n_ranges; k++) {
            strbuf_printf(&b, " [%u,%u)", h->ranges[k].begin, h->ranges[k].end);
        }
        strbuf_printf(&b, " %s\n", h->explain ? h->explain : "");
    }
    strbuf_add(&b, "", 1);
    return b.data;
}

static inline void assert_first(const struct search_index *ix, const char *text, const char *id)
{
    struct search_result r;
    ask(ix, text, &r);
    if (r.n_hits == 0 || !str_eq(r.hits[0].text, str_c(id))) {
        char *t = result_text(&r);
        fail_msg("query \"%s\": expected %s first, got:\n%s", text, id, t);
    }
    search_result_free(&r);
}

static inline void assert_hits(const struct search_index *ix, const char *text, size_t n)
{
    struct search_result r;
    ask(ix, text, &r);
    if (r.n_hits != n) {
        char *t = result_text(&r);
        fail_msg("query \"%s\": expected %zu hits, got:\n%s", text, n, t);
    }
    search_result_free(&r);
}

/* ---- generated corpora ---- */

static inline void corpus_add(void *user, uint64_t d, uint64_t nth, struct str id, uint64_t records)
{
    struct error err;
    (void)d;
    struct search_series s = {
        .id = id,
        .values = {(int64_t)records, (int64_t)nth * 1000000, (int64_t)(nth + records) * 1000000},
        .has = nth % 50 ? 7 : 1};
    check(search_builder_series(user, &s, &err), &err);
}

static inline void add_corpus(struct search_builder *b, uint64_t first, uint64_t end, uint64_t n)
{
    struct error err;
    for (uint64_t d = first; d < end; d++) {
        struct corpus_doc c;
        corpus_document(d, &c);
        c.doc.series = n;
        check(search_builder_dataset(b, &c.doc, &err), &err);
        corpus_dataset(d, n, 7, corpus_add, b);
    }
}

#endif
