#include "support.h"

#include <fcntl.h>
#include <pthread.h>

#include "base/clock.h"
#include "search/find.h"

/* ---- what the predecessor got wrong, (a) to (f) ---- */

static void test_regression_a_a_typo_finds(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix =
        index_of(dir, (const char *const[]){"beijing", "azure_vm_traces", "item_000123", NULL});
    assert_first(ix, "beijng", "beijing");
    assert_first(ix, "bejiing", "beijing");
    assert_first(ix, "azure_vm_trcaes", "azure_vm_traces");
    assert_first(ix, "azure vm", "azure_vm_traces");
    search_close(ix);
    remove_folder(dir);
}

/* The exact id of a small series comes before hundreds of larger ones that contain it. */
static void test_regression_b_small_exact_match_is_first(void **state)
{
    (void)state;
    char dir[64], id[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_dataset(b, "d", NULL);
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof id, "x%c%c_load_%d", 'a' + i % 26, 'a' + i / 26 % 26, i * 7);
        add_id(b, id, 1000000);
    }
    add_id(b, "load", 1);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    assert_first(ix, "load", "load");
    search_close(ix);
    remove_folder(dir);
}

static void test_regression_c_wildcards_are_text(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix =
        index_of(dir, (const char *const[]){"axb", "a_b", "100%", "1000", NULL});
    assert_first(ix, "a_b", "a_b");
    assert_hits(ix, "a_b", 1);
    assert_first(ix, "100%", "100%");
    assert_hits(ix, "100%", 1);
    search_close(ix);
    remove_folder(dir);
}

static void test_regression_d_same_answer_at_any_time(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 40, 60);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    char *before = NULL;
    for (int i = 0; i < 3; i++) {
        struct search_result r;
        ask_with(ix, "item 0001", &(struct search_options){.explain = true}, &r);
        char *now = result_text(&r);
        if (before) {
            assert_string_equal(before, now);
        }
        mem_free(before);
        before = now;
        search_result_free(&r);
        clock_sleep_ns(2000000);
    }
    mem_free(before);
    search_close(ix);
    remove_folder(dir);
}

/* A word that only the document has gives the dataset, once, and none of its series. */
static void test_regression_e_text_of_a_dataset_is_not_its_series(void **state)
{
    (void)state;
    char dir[64];
    struct error err;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    struct search_doc doc = {
        .dataset_id = "lcl", .name = "London", .theme = "Energy", .description = "Smart meters"};
    check(search_builder_dataset(b, &doc, &err), &err);
    for (int i = 0; i < 300; i++) {
        char id[32];
        snprintf(id, sizeof id, "MAC%06d", i * 13);
        add_id(b, id, 5);
    }
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result r;
    ask_with(ix, "smart meters", NULL, &r);
    assert_int_equal(r.n_hits, 1);
    assert_true(r.hits[0].is_dataset);
    assert_int_equal(r.hits[0].field, SEARCH_FIELD_DESCRIPTION);
    search_result_free(&r);
    /* With a word of an id, the document's words help to choose it. */
    ask_with(ix, "energy MAC000013", NULL, &r);
    assert_int_equal(r.n_hits, 1);
    assert_false(r.hits[0].is_dataset);
    assert_memory_equal(r.hits[0].text.data, "MAC000013", 9);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

/* A dataset that is said to be about the word comes before the series that merely have it, of which
 * there may be thousands; not before those that begin with it. */
static void test_a_word_of_a_description_is_one_of_an_id(void **state)
{
    (void)state;
    char dir[64], id[64];
    struct error err;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    struct search_doc doc = {.dataset_id = "footfall",
                             .description = "People walking in Melbourne and counted each hour"};
    check(search_builder_dataset(b, &doc, &err), &err);
    add_id(b, "T1", 5);
    add_dataset(b, "tourism", NULL);
    for (int i = 0; i < 50; i++) {
        snprintf(id, sizeof id, "VIC|Melbourne|%d", i * 7);
        add_id(b, id, 1000000);
    }
    add_id(b, "Melbourne_central", 5);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result r;
    ask_with(ix, "melbourne", NULL, &r);
    assert_true(r.n_hits > 2);
    assert_true(str_eq(r.hits[0].text, str_c("Melbourne_central")));
    assert_true(r.hits[1].is_dataset);
    assert_int_equal(r.hits[1].field, SEARCH_FIELD_DESCRIPTION);
    assert_false(r.hits[2].is_dataset);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

static void test_regression_f_empty_query_is_bounded(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 60, 10);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result r;
    for (size_t i = 0; i < 3; i++) {
        ask_with(ix, (const char *const[]){"", "   ", "_ - ."}[i],
                 &(struct search_options){.limit = 7}, &r);
        assert_int_equal(r.n_hits, 7);
        assert_true(r.hits[0].is_dataset);
        assert_int_equal(r.matched_datasets, 60);
        search_result_free(&r);
    }
    search_close(ix);
    remove_folder(dir);
}

/* ---- the oracle: the same score over every string, no filters ---- */

static void compare(const struct search_index *ix, const char *q, size_t *compared)
{
    struct search_result fast, slow;
    struct search_options o = {.limit = 10, .work_limit = 1u << 30};
    ask_with(ix, q, &o, &fast);
    o.brute_force = true;
    ask_with(ix, q, &o, &slow);
    char *a = result_text(&fast), *b = result_text(&slow);
    if (strcmp(a, b) != 0) {
        fail_msg("query \"%s\":\n%s\nbrute force:\n%s", q, a, b);
    }
    assert_int_equal(fast.typos, slow.typos);
    assert_true(fast.matched_series <= slow.matched_series);
    if (!fast.at_least) {
        assert_int_equal(fast.matched_series, slow.matched_series);
        assert_int_equal(fast.matched_datasets, slow.matched_datasets);
    }
    *compared += fast.n_hits > 0;
    mem_free(a);
    mem_free(b);
    search_result_free(&fast);
    search_result_free(&slow);
}

static void edit(char *s, struct corpus_rng *r)
{
    size_t n = strlen(s), at = corpus_below(r, n ? n : 1);
    char c = "abcdefghijklmnopqrstuvwxyz0123456789_ "[corpus_below(r, 38)];
    switch (corpus_below(r, 4)) {
    case 0:
        s[at] = c;
        break;
    case 1:
        memmove(s + at, s + at + 1, n - at);
        break;
    case 2:
        memmove(s + at + 1, s + at, n - at + 1);
        s[at] = c;
        break;
    default:
        if (at + 1 < n) {
            c = s[at];
            s[at] = s[at + 1];
            s[at + 1] = c;
        }
    }
}

static void make_query(const char *id, struct corpus_rng *r, char *q)
{
    size_t n = strlen(id), from = corpus_below(r, n), len = 1 + corpus_below(r, n);
    strcpy(q, id);
    switch (corpus_below(r, 6)) {
    case 0:
        break;
    case 1:
        q[len] = 0;
        break;
    case 2:
    case 3:
        snprintf(q, 200, "%.*s", (int)len, id + from);
        break;
    default: /* words swapped */
        snprintf(q, 200, "%s %.*s", id + n / 2, (int)(n / 2), id);
    }
    for (uint64_t edits = corpus_below(r, 3); edits && *q; edits--) {
        edit(q, r);
    }
}

struct ids {
    char (*list)[200];
    size_t n;
};

static void keep_id(void *user, uint64_t d, uint64_t nth, struct str id, uint64_t records)
{
    struct ids *x = user;
    (void)d, (void)nth, (void)records;
    if (x->n < 4000) {
        memcpy(x->list[x->n], id.data, id.len);
        x->list[x->n++][id.len] = 0;
    }
}

static void test_agrees_with_brute_force(void **state)
{
    (void)state;
    char dir[64], q[300];
    struct ids ids = {.list = calloc(4000, 200)};
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 50, 150);
    finish(b, 1);
    for (uint64_t d = 0; d < 50; d++) {
        corpus_dataset(d, 80, 7, keep_id, &ids);
    }
    struct search_index *ix = open_index(dir);
    struct corpus_rng r = {99};
    size_t compared = 0;
    for (int i = 0; i < 700; i++) {
        make_query(ids.list[corpus_below(&r, ids.n)], &r, q);
        if (strpbrk(q, ":\"") || q[0] == '-' || strstr(q, " -")) {
            continue; /* the syntax of filters is tested elsewhere */
        }
        compare(ix, q, &compared);
    }
    assert_true(compared > 400);
    search_close(ix);
    remove_folder(dir);
    free(ids.list);
}

static void test_one_and_eight_segments_and_scalar_agree(void **state)
{
    (void)state;
    char one[64], eight[64], q[300];
    struct ids ids = {.list = calloc(4000, 200)};
    temporary_folder(one);
    temporary_folder(eight);
    struct search_builder *b = begin(one, true);
    add_corpus(b, 0, 40, 120);
    finish(b, 1);
    for (uint64_t part = 0; part < 8; part++) {
        b = begin(eight, part == 0);
        add_corpus(b, part * 5, part * 5 + 5, 120);
        finish(b, 1);
    }
    for (uint64_t d = 0; d < 40; d++) {
        corpus_dataset(d, 100, 7, keep_id, &ids);
    }
    struct search_index *x = open_index(one), *y = open_index(eight);
    struct search_info info;
    search_index_info(y, &info);
    assert_int_equal(info.segments, 8);
    struct corpus_rng r = {5};
    for (int i = 0; i < 400; i++) {
        make_query(ids.list[corpus_below(&r, ids.n)], &r, q);
        struct search_result a, c, e;
        struct error err;
        struct search_options o = {.limit = 15, .explain = true};
        enum error_code rc = search_run(x, str_c(q), &o, &a, &err);
        assert_int_equal(rc, search_run(y, str_c(q), &o, &c, &err));
        find_use_vectors(false);
        assert_int_equal(rc, search_run(x, str_c(q), &o, &e, &err));
        find_use_vectors(true);
        char *s = result_text(&a), *t = result_text(&c), *u = result_text(&e);
        if (strcmp(s, t) != 0) {
            fail_msg("query \"%s\"\none segment:\n%s\neight:\n%s", q, s, t);
        }
        assert_string_equal(s, u);
        mem_free(s);
        mem_free(t);
        mem_free(u);
        search_result_free(&a);
        search_result_free(&c);
        search_result_free(&e);
    }
    search_close(x);
    search_close(y);
    remove_folder(one);
    remove_folder(eight);
    free(ids.list);
}

/* ---- typos ---- */

static void test_every_edit_at_every_position(void **state)
{
    (void)state;
    static const char *const targets[] = {"electricity",       "beijing",    "item_004711",
                                          "Bear_lodging_Lucy", "MAC000013x", NULL};
    char dir[64], q[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_dataset(b, "targets", targets);
    add_corpus(b, 0, 20, 100);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    for (size_t t = 0; targets[t]; t++) {
        size_t n = strlen(targets[t]);
        for (size_t at = 0; at < n; at++) {
            for (int kind = 0; kind < 4; kind++) {
                strcpy(q, targets[t]);
                if (kind == 0) {
                    q[at] = q[at] == 'q' ? 'w' : 'q';
                } else if (kind == 1) {
                    memmove(q + at, q + at + 1, n - at);
                } else if (kind == 2) {
                    memmove(q + at + 1, q + at, n - at + 1);
                    q[at] = 'q';
                } else if (at + 1 < n) {
                    q[at] = targets[t][at + 1];
                    q[at + 1] = targets[t][at];
                }
                struct search_result r;
                bool found = false;
                ask(ix, q, &r);
                for (size_t i = 0; i < r.n_hits; i++) {
                    found = found || str_eq(r.hits[i].text, str_c(targets[t]));
                }
                /* Numbers match exactly before they match loosely: another id may be what was
                 * typed. */
                bool exact = r.n_hits && r.hits[0].typos == 0;
                if (!found && !exact) {
                    fail_msg("\"%s\" does not find %s", q, targets[t]);
                }
                search_result_free(&r);
            }
        }
    }
    search_close(ix);
    remove_folder(dir);
}

static void test_numbers_exact_before_loose(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix = index_of(
        dir, (const char *const[]){"2000", "2001", "year 2001", "12001", "04433", "4433", NULL});
    struct search_result r;
    ask(ix, "2001", &r);
    assert_int_equal(r.n_hits, 3);
    assert_memory_equal(r.hits[0].text.data, "2001", 4);
    assert_memory_equal(r.hits[1].text.data, "year 2001", 9);
    search_result_free(&r);
    assert_first(ix, "04433", "04433");
    assert_first(ix, "4433", "4433");
    assert_first(ix, "2002", "2000"); /* nothing exact: one digit off, in order */
    assert_hits(ix, "999", 0);
    search_close(ix);
    remove_folder(dir);
}

/* ---- composite ids, separators, word order ---- */

static void test_words_and_separators(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix =
        index_of(dir, (const char *const[]){"CA_1|FOODS_3_090", "CA_2|FOODS_3_090",
                                            "TX_1|HOBBIES_1_001", "a__b", "x\\|y|z", NULL});
    static const char *const same[] = {"CA_1|FOODS_3_090", "ca 1 foods 3 090", "ca-1/foods.3:090",
                                       "FOODS_3_090 CA_1", "foods_3_090 ca_1"};
    for (size_t i = 0; i < 5; i++) {
        assert_first(ix, same[i], "CA_1|FOODS_3_090");
    }
    assert_first(ix, "a_b", "a__b");
    assert_first(ix, "x|y|z", "x\\|y|z");
    assert_first(ix, "hobb", "TX_1|HOBBIES_1_001");
    assert_hits(ix, "foods -ca_2", 1);
    assert_hits(ix, "\"foods 3\"", 2);
    assert_hits(ix, "\"3 foods\"", 0);
    search_close(ix);
    remove_folder(dir);
}

static void test_unicode(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix =
        index_of(dir, (const char *const[]){"Zürich_1",
                                            "Stra\xc3\x9f"
                                            "e",
                                            "東京_電力", "Αθήνα", "か", "が", NULL});
    assert_first(ix, "zurich 1", "Zürich_1");
    assert_first(ix, "zu\xcc\x88rich_1", "Zürich_1"); /* NFD */
    assert_first(ix, "ZÜRICH", "Zürich_1");
    assert_first(ix, "strasse",
                 "Stra\xc3\x9f"
                 "e");
    assert_first(ix, "電力", "東京_電力");
    assert_first(ix, "αθηνα", "Αθήνα");
    assert_first(ix, "が", "が"); /* another letter, not か with an accent */
    assert_first(ix, "か\xe3\x82\x99", "が");
    assert_hits(ix, "か", 1);
    struct search_result r;
    ask(ix, "rich", &r);
    assert_int_equal(r.hits[0].n_ranges, 1);
    assert_int_equal(r.hits[0].ranges[0].begin, 3); /* Z, two bytes of ü */
    assert_int_equal(r.hits[0].ranges[0].end, 7);
    search_result_free(&r);
    ask(ix, "zurihc", &r);
    assert_int_equal(r.hits[0].typos, 1);
    assert_int_equal(r.hits[0].ranges[0].begin, 0);
    assert_int_equal(r.hits[0].ranges[0].end, 7);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

/* ---- runs ---- */

static void test_runs(void **state)
{
    (void)state;
    char dir[64], id[32];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_dataset(b, "runs", NULL);
    for (int i = 1; i <= 3000; i++) {
        if (i != 1500) {
            snprintf(id, sizeof id, "item_%04d_x", i);
            add_id(b, id, i);
            snprintf(id, sizeof id, "H%d", i);
            add_id(b, id, i);
        }
    }
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_info info;
    struct search_result r;
    search_index_info(ix, &info);
    assert_true(info.series_in_runs > 5900);
    assert_first(ix, "item_0042_x", "item_0042_x");
    assert_first(ix, "h42", "H42");
    assert_first(ix, "2999 x", "item_2999_x");
    assert_first(ix, "itme_0042_x", "item_0042_x");
    assert_first(ix, "iem_0042", "item_0042_x");
    assert_hits(ix, "item_1500_x", 20); /* not there: one digit off */
    ask_with(ix, "item",
             &(struct search_options){.count = true, .limit = 5, .kinds = SEARCH_SERIES_ONLY}, &r);
    assert_int_equal(r.matched_series, 2999);
    assert_false(r.at_least);
    search_result_free(&r);
    /* The listing is in natural order, runs or not, and goes on where the page ended. */
    ask_with(ix, "dataset:runs",
             &(struct search_options){.kinds = SEARCH_SERIES_ONLY, .limit = 3, .offset = 1498}, &r);
    assert_memory_equal(r.hits[0].text.data, "H1499", 5);
    assert_memory_equal(r.hits[1].text.data, "H1501", 5);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

/* ---- filters ---- */

static void test_filters(void **state)
{
    (void)state;
    char dir[64];
    struct error err;
    struct search_result r;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    struct search_doc docs[] = {
        {.dataset_id = "azure_vm_2017",
         .theme = "Cloud operations",
         .frequency = "5T",
         .source = "lotsa",
         .series = 2,
         .records = 300},
        {.dataset_id = "bdg2",
         .theme = "Energy",
         .frequency = "H",
         .source = "lotsa",
         .series = 10,
         .records = 5000},
    };
    for (int d = 0; d < 2; d++) {
        check(search_builder_dataset(b, &docs[d], &err), &err);
        for (int i = 0; i < 10; i++) {
            char id[32];
            snprintf(id, sizeof id, "s%c%d", 'a' + (i * 7) % 10, i);
            struct search_series s = {
                .id = str_c(id),
                .values = {i * 100, (2010 + i - 1970) * 31556952000000ll + 86400000000ll},
                .has = 3};
            check(search_builder_series(b, &s, &err), &err);
        }
    }
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    static const struct {
        const char *text;
        size_t datasets, series;
    } cases[] = {
        {"theme:energy", 1, 0},
        {"theme:cloud", 1, 0},
        {"theme:clo*", 1, 0},
        {"freq:h", 1, 0},
        {"-theme:energy", 1, 0},
        {"source:lotsa", 2, 0},
        {"dataset:azure*", 1, 10},
        {"dataset:azure_*", 1, 10},
        {"dataset:bdg2 length>=500", 0, 5},
        {"length>500", 0, 8},
        {"length<=0.1k", 0, 4},
        {"start<2015 dataset:bdg2", 0, 5},
        {"start>=2015-06", 0, 8},
        {"records>1k", 1, 0},
        {"series=2", 1, 0},
        {"theme:nothing", 0, 0},
        {"s dataset:bdg2 length>700", 0, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_with(ix, cases[i].text, &(struct search_options){.count = true, .limit = 50}, &r);
        if (r.matched_datasets != cases[i].datasets || r.matched_series != cases[i].series) {
            fail_msg("%s: %llu datasets, %llu series", cases[i].text,
                     (unsigned long long)r.matched_datasets, (unsigned long long)r.matched_series);
        }
        search_result_free(&r);
    }
    static const char *const wrong[] = {"them:energy",     "length>abc", "missing<1k",
                                        "start>yesterday", "theme:",     "size>5",
                                        "theme>5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(search_run(ix, str_c(wrong[i]), NULL, &r, &err), ERR_USAGE);
        assert_true(strlen(err.text) > 20);
        search_result_free(&r);
    }
    /* What is not known passes neither a filter nor its opposite. */
    ask(ix, "missing<1%", &r);
    assert_int_equal(r.matched_series, 0);
    search_result_free(&r);
    ask(ix, "missing>=0", &r);
    assert_int_equal(r.matched_series, 0);
    search_result_free(&r);
    ask_with(ix, "s", &(struct search_options){.facets = true}, &r);
    assert_true(r.n_facets >= 6);
    assert_int_equal(r.facets[0].field, SEARCH_FIELD_DATASET);
    assert_int_equal(r.facets[0].series, 10);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

/* ---- paging ---- */

static void test_pages_join_to_one(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 40, 100);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result all, page;
    for (size_t q = 0; q < 4; q++) {
        const char *text = (const char *const[]){"item", "0001", "evaluation ca", "o"}[q];
        ask_with(ix, text, &(struct search_options){.limit = 40}, &all);
        char cursor[128] = "";
        for (size_t at = 0; at < all.n_hits; at += 8) {
            ask_with(ix, text, &(struct search_options){.limit = 8, .offset = at}, &page);
            for (size_t i = 0; i < page.n_hits; i++) {
                assert_true(page.hits[i].score == all.hits[at + i].score &&
                            page.hits[i].dataset == all.hits[at + i].dataset &&
                            page.hits[i].series == all.hits[at + i].series);
            }
            search_result_free(&page);
            ask_with(ix, text,
                     &(struct search_options){.limit = 8, .cursor = *cursor ? cursor : NULL},
                     &page);
            assert_true(page.n_hits && page.hits[0].score == all.hits[at].score &&
                        page.hits[0].series == all.hits[at].series);
            snprintf(cursor, sizeof cursor, "%s", page.cursor ? page.cursor : "");
            search_result_free(&page);
        }
        search_result_free(&all);
    }
    search_close(ix);
    remove_folder(dir);
}

/* The same id in many datasets: a bound per dataset, and an order that does not change. */
static void test_equal_ids_in_many_datasets(void **state)
{
    (void)state;
    char dir[64], name[32];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    for (int d = 0; d < 50; d++) {
        snprintf(name, sizeof name, "set_%02d", (d * 7) % 50);
        add_dataset(b, name,
                    (const char *const[]){"load", "load_1", "load_2", "load_3", "load_4", NULL});
    }
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result r;
    ask_with(ix, "load", &(struct search_options){.limit = 60, .per_dataset = 1}, &r);
    assert_int_equal(r.n_hits, 50);
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "set_%02d", i);
        assert_string_equal(r.hits[i].dataset_id, name);
        assert_int_equal(r.hits[i].match, SEARCH_MATCH_WHOLE);
    }
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

/* ---- hostile queries ---- */

static void test_hostile_queries(void **state)
{
    (void)state;
    char dir[64], long_text[10001];
    struct search_index *ix = index_of(dir, (const char *const[]){"abc", "def", NULL});
    struct search_result r;
    struct error err;
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[10000] = 0;
    assert_int_equal(search_run(ix, str_c(long_text), NULL, &r, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "10000"));
    search_result_free(&r);
    long_text[512] = 0;
    ask(ix, long_text, &r);
    assert_int_equal(r.n_hits, 0);
    search_result_free(&r);
    char words[2 * SEARCH_TERMS_MAX + 3] = "";
    for (int i = 0; i <= SEARCH_TERMS_MAX; i++) {
        strcat(words, "a ");
    }
    assert_int_equal(search_run(ix, str_c(words), NULL, &r, &err), ERR_USAGE);
    search_result_free(&r);
    static const char odd[][12] = {"\x01\x02\x03",
                                   "a\x02"
                                   "b",
                                   "\xff\xfe",
                                   "\xd7\xa9\xd7\x9c",
                                   "\"",
                                   "-\"",
                                   "-",
                                   "*",
                                   "\"\"",
                                   "\xe2\x80\xae"
                                   "abc"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ask(ix, odd[i], &r);
        search_result_free(&r);
    }
    assert_int_equal(search_run(ix, str_n("a\0b", 3), NULL, &r, &err), OK);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

static void test_cancel_deadline_and_suggestions(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 30, 400);
    add_dataset(b, "australian_electricity_demand", NULL);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result r;
    struct error err;
    atomic_bool cancel = true;
    assert_int_equal(
        search_run(ix, str_c("item"), &(struct search_options){.cancel = &cancel}, &r, &err),
        ERR_CANCELLED);
    search_result_free(&r);
    ask_with(ix, "evaluation", &(struct search_options){.work_limit = 3, .count = true}, &r);
    assert_true(r.partial && r.at_least);
    assert_true(r.blocks_read <= 3);
    search_result_free(&r);
    ask_with(ix, "astralien_electricitie_dmnd", NULL, &r);
    assert_true(r.n_hits || r.n_suggestions);
    search_result_free(&r);
    ask_with(ix, "electricity zzzzqqqq", NULL, &r);
    assert_int_equal(r.n_dropped, 1);
    assert_string_equal(r.dropped[0], "zzzzqqqq");
    assert_true(r.n_hits >= 1);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

struct reader {
    const struct search_index *ix;
    char *expected;
    atomic_int wrong;
};

static void *read_many(void *user)
{
    struct reader *x = user;
    for (int i = 0; i < 60; i++) {
        struct search_result r;
        struct error err;
        if (search_run(x->ix, str_c("itme_0001 x"), NULL, &r, &err) != OK) {
            atomic_fetch_add(&x->wrong, 1);
        }
        char *t = result_text(&r);
        atomic_fetch_add(&x->wrong, strcmp(t, x->expected) != 0);
        mem_free(t);
        search_result_free(&r);
    }
    return NULL;
}

static void test_many_threads_one_answer(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 20, 200);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    struct search_result r;
    ask_with(ix, "itme_0001 x", NULL, &r);
    struct reader x = {.ix = ix, .expected = result_text(&r)};
    pthread_t threads[20];
    for (int i = 0; i < 20; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_many, &x), 0);
    }
    for (int i = 0; i < 20; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(x.wrong, 0);
    mem_free(x.expected);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regression_a_a_typo_finds),
        cmocka_unit_test(test_regression_b_small_exact_match_is_first),
        cmocka_unit_test(test_regression_c_wildcards_are_text),
        cmocka_unit_test(test_regression_d_same_answer_at_any_time),
        cmocka_unit_test(test_regression_e_text_of_a_dataset_is_not_its_series),
        cmocka_unit_test(test_a_word_of_a_description_is_one_of_an_id),
        cmocka_unit_test(test_regression_f_empty_query_is_bounded),
        cmocka_unit_test(test_agrees_with_brute_force),
        cmocka_unit_test(test_one_and_eight_segments_and_scalar_agree),
        cmocka_unit_test(test_every_edit_at_every_position),
        cmocka_unit_test(test_numbers_exact_before_loose),
        cmocka_unit_test(test_words_and_separators),
        cmocka_unit_test(test_unicode),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_pages_join_to_one),
        cmocka_unit_test(test_equal_ids_in_many_datasets),
        cmocka_unit_test(test_hostile_queries),
        cmocka_unit_test(test_cancel_deadline_and_suggestions),
        cmocka_unit_test(test_many_threads_one_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
