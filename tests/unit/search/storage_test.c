#include "support.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "search/crc32c.h"
#include "search/segment.h"

static char *answers(const char *dir)
{
    static const char *const queries[] = {"item_0001",  "evaluation", "bear lodging", "0001",
                                          "itme_00011", "",           "theme:energy", "temperature",
                                          "zurich",     "sensor 7",   "dataset:*1"};
    struct search_index *ix = open_index(dir);
    struct strbuf all;
    strbuf_init(&all, SIZE_MAX);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct search_result r;
        ask_with(ix, queries[i], &(struct search_options){.limit = 25, .explain = true}, &r);
        char *t = result_text(&r);
        strbuf_printf(&all, "%s\n%s %llu %llu\n", queries[i], t,
                      (unsigned long long)r.total_datasets, (unsigned long long)r.total_series);
        mem_free(t);
        search_result_free(&r);
    }
    search_close(ix);
    return all.data;
}

/* Twenty commits that add, replace and remove datasets, with merges, answer like one build of what
 * is left. */
static void test_increments_equal_a_rebuild(void **state)
{
    (void)state;
    char step[64], whole[64];
    struct error err;
    temporary_folder(step);
    temporary_folder(whole);
    struct search_builder *b;
    for (uint64_t i = 0; i < 20; i++) {
        check(search_builder_new(step,
                                 &(struct search_build_options){.segment_limit = 4, .memory = 2000},
                                 &b, &err),
              &err);
        add_corpus(b, i * 2, i * 2 + 2, 40); /* will be replaced below */
        if (i >= 3) {
            add_corpus(b, (i - 3) * 2, (i - 3) * 2 + 2, 90);
        }
        if (i >= 6) {
            struct corpus_doc c;
            corpus_document((i - 6) * 2, &c);
            check(search_builder_remove(b, c.id, &err), &err);
        }
        finish(b, i);
    }
    b = begin(whole, true);
    for (uint64_t d = 0; d < 40; d++) {
        if (d % 2 || d / 2 > 13) {
            add_corpus(b, d, d + 1, d / 2 <= 16 ? 90 : 40);
        }
    }
    finish(b, 1);
    char *x = answers(step), *y = answers(whole);
    assert_string_equal(x, y);
    mem_free(x);
    mem_free(y);
    struct search_index *ix = open_index(step);
    struct search_info info;
    search_index_info(ix, &info);
    assert_true(info.segments <= 4);
    assert_int_equal(info.generation, 19);
    check(search_verify(ix, &err), &err);
    search_close(ix);
    remove_folder(step);
    remove_folder(whole);
}

static void test_nothing_changes_without_a_commit(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix = index_of(dir, (const char *const[]){"abc", NULL});
    struct search_builder *b = begin(dir, true), *second;
    struct error err;
    add_dataset(b, "other", (const char *const[]){"xyz", NULL});
    assert_int_equal(search_builder_new(dir, NULL, &second, &err), ERR_CATALOG_LOCKED);
    search_builder_free(second);
    search_builder_free(b);
    search_close(ix);
    ix = open_index(dir);
    assert_first(ix, "abc", "abc");
    assert_hits(ix, "xyz", 0);
    /* Readers keep what they have open while it is replaced. */
    b = begin(dir, true);
    add_dataset(b, "other", (const char *const[]){"xyz", NULL});
    finish(b, 2);
    assert_first(ix, "abc", "abc");
    search_close(ix);
    ix = open_index(dir);
    assert_first(ix, "xyz", "xyz");
    assert_hits(ix, "abc", 0);
    search_close(ix);
    remove_folder(dir);
}

static void test_bad_input_is_refused(void **state)
{
    (void)state;
    char dir[64];
    struct error err;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    struct search_series s = {.id = str_n("a\0b", 3)};
    assert_int_equal(search_builder_series(b, &s, &err), ERR_INTERNAL);
    add_dataset(b, "d", (const char *const[]){"twice", "twice", NULL});
    assert_int_equal(search_builder_series(b, &s, &err), ERR_USAGE);
    assert_int_equal(search_builder_commit(b, 1, &err), ERR_USAGE);
    search_builder_free(b);
    struct search_index *ix;
    assert_int_equal(search_open(dir, &ix, &err), ERR_NO_CATALOG);
    remove_folder(dir);
}

/* ---- damage ---- */

static void segment_file(const char *dir, char out[128])
{
    struct search_index *ix = open_index(dir);
    search_close(ix);
    char command[160];
    snprintf(command, sizeof command, "ls %s/seg-*.tsx", dir);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    assert_non_null(fgets(out, 128, p));
    out[strcspn(out, "\n")] = 0;
    pclose(p);
}

static char *read_bytes(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*n);
    assert_int_equal(fread(data, 1, *n, f), *n);
    fclose(f);
    return data;
}

static void write_bytes(const char *path, const char *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
}

/* Whatever is in the file, the answer is an error or an answer; never a crash. */
static void try_everything(const char *dir)
{
    static const char *const queries[] = {"item",      "0001", "evaluation foods", "itme_0001", "",
                                          "dataset:*", "o"};
    struct search_index *ix;
    struct error err;
    if (search_open(dir, &ix, &err) != OK) {
        assert_true(err.code == ERR_CATALOG_DAMAGED || err.code == ERR_CATALOG_NEWER);
        return;
    }
    (void)!search_verify(ix, &err);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct search_result r;
        (void)!search_run(
            ix, str_c(queries[i]),
            &(struct search_options){.kinds = i % 2 ? SEARCH_SERIES_ONLY : SEARCH_BOTH,
                                     .work_limit = 5000},
            &r, &err);
        search_result_free(&r);
    }
    search_close(ix);
}

static void test_damaged_files(void **state)
{
    (void)state;
    char dir[64], path[128], manifest[128];
    size_t n, m;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 12, 60);
    finish(b, 1);
    segment_file(dir, path);
    snprintf(manifest, sizeof manifest, "%s/MANIFEST", dir);
    char *whole = read_bytes(path, &n), *named = read_bytes(manifest, &m);
    struct corpus_rng r = {3};
    for (int i = 0; i < 120; i++) { /* cut short */
        write_bytes(path, whole, corpus_below(&r, n));
        try_everything(dir);
    }
    char *copy = malloc(n);
    for (int i = 0; i < 300; i++) { /* bytes changed: the checksum finds it, or nothing happens */
        memcpy(copy, whole, n);
        for (int k = 0; k < 4; k++) {
            copy[corpus_below(&r, n)] ^= (char)(1 + corpus_below(&r, 255));
        }
        write_bytes(path, copy, n);
        try_everything(dir);
        struct search_index *ix;
        struct error err;
        if (search_open(dir, &ix, &err) == OK) {
            /* Padding between sections is not covered; everything else is. */
            (void)!search_verify(ix, &err);
            search_close(ix);
        }
    }
    write_bytes(path, whole, n);
    for (size_t i = 0; i < m; i++) {
        write_bytes(manifest, named, i);
        struct search_index *ix;
        struct error err;
        assert_int_equal(search_open(dir, &ix, &err), ERR_CATALOG_DAMAGED);
        named[i] ^= 0x40;
        write_bytes(manifest, named, m);
        assert_int_not_equal(search_open(dir, &ix, &err), OK);
        named[i] ^= 0x40;
    }
    write_bytes(manifest, named, m);
    try_everything(dir);
    unlink(path);
    struct search_index *ix;
    struct error err;
    assert_int_equal(search_open(dir, &ix, &err), ERR_CATALOG_DAMAGED);
    free(copy);
    free(whole);
    free(named);
    remove_folder(dir);
}

static void test_newer_files(void **state)
{
    (void)state;
    char dir[64], path[128];
    size_t n;
    struct error err;
    struct search_index *ix = index_of(dir, (const char *const[]){"abc", NULL});
    search_close(ix);
    segment_file(dir, path);
    char *data = read_bytes(path, &n);
    struct segment_header h;
    memcpy(&h, data, sizeof h);
    h.major = SEGMENT_MAJOR + 1;
    h.crc = crc32c(0, &h, offsetof(struct segment_header, crc));
    memcpy(data, &h, sizeof h);
    write_bytes(path, data, n);
    assert_int_equal(search_open(dir, &ix, &err), ERR_CATALOG_NEWER);
    assert_non_null(strstr(err.text, "format 6.0"));
    h.major = SEGMENT_MAJOR;
    h.fold ^= 1;
    h.crc = crc32c(0, &h, offsetof(struct segment_header, crc));
    memcpy(data, &h, sizeof h);
    write_bytes(path, data, n);
    assert_int_equal(search_open(dir, &ix, &err), ERR_CATALOG_NEWER);
    assert_non_null(strstr(err.text, "Unicode"));
    free(data);
    remove_folder(dir);
}

static void test_documents_come_back(void **state)
{
    (void)state;
    char dir[64];
    struct error err;
    struct arena a;
    struct search_doc doc;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 3, 4, 5);
    finish(b, 77);
    struct search_index *ix = open_index(dir);
    struct corpus_doc c;
    corpus_document(3, &c);
    arena_init(&a);
    check(search_index_doc(ix, 0, &a, &doc, &err), &err);
    assert_string_equal(doc.dataset_id, c.id);
    assert_string_equal(doc.description, c.description);
    assert_int_equal(doc.n_targets, 2);
    assert_string_equal(doc.targets[1], "temperature");
    assert_int_equal(doc.records, c.doc.records);
    assert_int_equal(search_index_doc(ix, 1, &a, &doc, &err), ERR_USAGE);
    arena_reset(&a);
    search_close(ix);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_increments_equal_a_rebuild),
        cmocka_unit_test(test_nothing_changes_without_a_commit),
        cmocka_unit_test(test_bad_input_is_refused),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_newer_files),
        cmocka_unit_test(test_documents_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
