/* directory_test.c - a local directory behind the store's contract: listing, ranges, changes,
 * budget, cancellation. */
#include "store/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define BIG (40u << 20) /* three pieces */

static char root[] = "/tmp/tsi_directory_test_XXXXXX";

static void write_file(const char *name, const void *data, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void make_dir(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(root)) {
        return 1;
    }
    make_dir("weather");
    make_dir("weather/deep");
    make_dir("empty");
    write_file("weather/part-0.parquet", "0123456789", 10);
    write_file("weather/part-1.parquet", "", 0);
    write_file("weather/deep/a+b %3F#\n\xC3\xA9", "x", 1);
    write_file("other.yaml", "name: other\n", 12);
    uint8_t *big = malloc(BIG);
    for (uint64_t i = 0; i < BIG; i++) {
        big[i] = byte_at(i);
    }
    write_file("big", big, BIG);
    free(big);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[600];
    snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", root, root);
    return system(command);
}

struct fixture {
    struct budget budget;
    struct counters counters;
    struct store *store;
};

static void open_store(struct fixture *f, uint64_t limit, int io_threads)
{
    memset(f, 0, sizeof *f);
    budget_init(&f->budget, limit);
    struct store_options o = {
        .budget = &f->budget, .counters = &f->counters, .io_threads = io_threads};
    struct error err;
    assert_int_equal(store_open(root, &o, &f->store, &err), OK);
}

static void close_store(struct fixture *f)
{
    store_close(f->store);
    assert_int_equal(budget_used(&f->budget), 0);
    budget_destroy(&f->budget);
}

/* ---- a read that can be waited for ---- */

struct read {
    struct store_read r;
    struct store_range ranges[8];
    struct queue *done;
};

static void push_done(struct store_read *r)
{
    queue_push(((struct read *)r)->done, &r->node);
}

static void submit(struct fixture *f, struct read *r, struct queue *q)
{
    r->done = q;
    r->r.ranges = r->ranges;
    r->r.done = push_done;
    store_submit(f->store, &r->r);
}

static struct read *wait_done(struct queue *q)
{
    return (struct read *)queue_pop_until(q, clock_monotonic_ns() + 20000000000u);
}

/* Submit, wait, compare the bytes of each range with the object's. */
static enum error_code read_big(struct fixture *f, struct read *r)
{
    struct queue q;
    queue_init(&q);
    r->r.key = "big";
    submit(f, r, &q);
    assert_ptr_equal(wait_done(&q), r);
    enum error_code code = r->r.err.code;
    for (size_t i = 0; code == OK && i < r->r.n_ranges; i++) {
        assert_non_null(r->ranges[i].data);
        for (uint64_t k = 0; k < r->ranges[i].length; k++) {
            if (r->ranges[i].data[k] != byte_at(r->ranges[i].offset + k)) {
                fail_msg("range %zu differs at %llu", i, (unsigned long long)k);
            }
        }
    }
    queue_destroy(&q);
    return code;
}

/* ---- listing ---- */

struct listed {
    size_t n;
    char keys[64][128];
    char etags[64][80];
    uint64_t sizes[64];
};

static enum error_code list(struct store *s, const char *prefix, struct listed *out,
                            struct error *err)
{
    struct store_lister *l;
    const struct object *objects;
    size_t n;
    memset(out, 0, sizeof *out);
    error_reset(err);
    assert_int_equal(store_list_open(s, prefix, &l, err), OK);
    enum error_code rc;
    while ((rc = store_list_next(l, &objects, &n, err)) == OK && n) {
        for (size_t i = 0; i < n && out->n < 64; i++, out->n++) {
            snprintf(out->keys[out->n], sizeof out->keys[0], "%s", objects[i].key);
            snprintf(out->etags[out->n], sizeof out->etags[0], "%s", objects[i].etag);
            out->sizes[out->n] = objects[i].size;
            assert_true(objects[i].mtime_us > 1600000000000000);
        }
    }
    store_list_close(l);
    return rc;
}

static int find(const struct listed *l, const char *key)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->keys[i], key) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void sources_have_one_canonical_form(void **state)
{
    (void)state;
    struct store *s;
    struct error err;
    char source[600], want[600];
    snprintf(want, sizeof want, "file://%s/", root);
    snprintf(source, sizeof source, "file://%s/weather/..", root);
    assert_int_equal(store_open(source, NULL, &s, &err), OK);
    assert_string_equal(store_uri(s), want);
    struct arena a;
    arena_init(&a);
    strcat(want, "weather/x");
    assert_string_equal(store_object_uri(s, "weather/x", &a), want);
    arena_reset(&a);
    store_close(s);
    assert_int_equal(store_open("file://host/x", NULL, &s, &err), ERR_USAGE);
    assert_int_equal(store_open("ftp://host/x", NULL, &s, &err), ERR_USAGE);
    assert_int_equal(store_open("", NULL, &s, &err), ERR_USAGE);
    assert_int_equal(store_open("/nonexistent/of/course", NULL, &s, &err), ERR_NO_SOURCE);
    snprintf(source, sizeof source, "%s/other.yaml", root);
    assert_int_equal(store_open(source, NULL, &s, &err), ERR_NO_SOURCE);
}

static void everything_is_listed_once(void **state)
{
    (void)state;
    struct fixture f;
    struct listed l;
    struct error err;
    open_store(&f, 1 << 20, 0);
    assert_int_equal(list(f.store, "", &l, &err), OK);
    assert_int_equal(l.n, 5);
    assert_true(find(&l, "weather/deep/a+b %3F#\n\xC3\xA9") >= 0);
    int i = find(&l, "weather/part-0.parquet");
    assert_true(i >= 0);
    assert_int_equal(l.sizes[i], 10);
    assert_true(strlen(l.etags[i]) > 10);
    assert_int_equal(counter_get(&f.counters.requests_list), 1);
    assert_int_equal(list(f.store, "weather/", &l, &err), OK);
    assert_int_equal(l.n, 3);
    assert_int_equal(list(f.store, "weather/part-", &l, &err), OK);
    assert_int_equal(l.n, 2);
    assert_int_equal(list(f.store, "weather/deep", &l, &err), OK);
    assert_int_equal(l.n, 1);
    assert_int_equal(list(f.store, "empty/", &l, &err), OK);
    assert_int_equal(l.n, 0);
    assert_int_equal(list(f.store, "nothing/here/", &l, &err), OK);
    assert_int_equal(l.n, 0);
    assert_int_equal(list(f.store, "../", &l, &err), OK);
    assert_int_equal(l.n, 0);
    close_store(&f);
}

static void long_listings_come_in_pages(void **state)
{
    (void)state;
    char dir[512], name[64];
    make_dir("many");
    for (int i = 0; i < 2100; i++) {
        snprintf(name, sizeof name, "many/%04d", i);
        write_file(name, "", 0);
    }
    struct fixture f;
    struct error err;
    struct store_lister *l;
    const struct object *objects;
    size_t n, total = 0, pages = 0;
    bool seen[2100] = {false};
    open_store(&f, 1 << 20, 0);
    assert_int_equal(store_list_open(f.store, "many/", &l, &err), OK);
    while (store_list_next(l, &objects, &n, &err) == OK && n) {
        assert_true(n <= 1000);
        pages++;
        for (size_t i = 0; i < n; i++, total++) {
            int k = atoi(objects[i].key + strlen("many/"));
            assert_false(seen[k]);
            seen[k] = true;
        }
    }
    store_list_close(l);
    assert_int_equal(total, 2100);
    assert_int_equal(pages, 3);
    assert_int_equal(counter_get(&f.counters.requests_list), 3);
    close_store(&f);
    snprintf(dir, sizeof dir, "rm -r '%s/many'", root);
    assert_int_equal(system(dir), 0);
}

static void links_are_followed_and_loops_end(void **state)
{
    (void)state;
    char path[512];
    make_dir("links");
    snprintf(path, sizeof path, "%s/links/up", root);
    assert_int_equal(symlink("..", path), 0);
    snprintf(path, sizeof path, "%s/links/w", root);
    assert_int_equal(symlink("../weather", path), 0);
    snprintf(path, sizeof path, "%s/links/file", root);
    assert_int_equal(symlink("../other.yaml", path), 0);
    snprintf(path, sizeof path, "%s/links/nowhere", root);
    assert_int_equal(symlink("gone", path), 0);
    struct fixture f;
    struct listed l;
    struct error err;
    open_store(&f, 1 << 20, 0);
    assert_int_equal(list(f.store, "", &l, &err), OK);
    assert_int_equal(l.n, 5 + 3 + 1);
    assert_int_equal(l.sizes[find(&l, "links/file")], 12);
    assert_true(find(&l, "links/w/deep/a+b %3F#\n\xC3\xA9") >= 0);
    close_store(&f);
    snprintf(path, sizeof path, "rm -r '%s/links'", root);
    assert_int_equal(system(path), 0);
}

static void unreadable_directories_are_reported_behind_the_rest(void **state)
{
    (void)state;
    char path[512];
    make_dir("locked");
    make_dir("locked2");
    snprintf(path, sizeof path, "%s/locked", root);
    assert_int_equal(chmod(path, 0), 0);
    snprintf(path, sizeof path, "%s/locked2", root);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(root, 0755), 0);
    /* Permissions do not bind root: be somebody else for a moment. */
    bool as_root = geteuid() == 0;
    if (as_root) {
        assert_int_equal(seteuid(65534), 0);
    }
    struct fixture f;
    struct listed l;
    struct error err;
    open_store(&f, 1 << 20, 0);
    enum error_code rc = list(f.store, "", &l, &err);
    close_store(&f);
    if (as_root) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_int_equal(rc, ERR_PERMISSION);
    assert_int_equal(l.n, 5);
    assert_non_null(strstr(err.text, "/locked"));
    assert_non_null(strstr(err.text, "2 directories"));
    snprintf(path, sizeof path, "rmdir '%s/locked' '%s/locked2'", root, root);
    assert_int_equal(system(path), 0);
}

/* ---- reading ---- */

static void ranges_give_their_bytes(void **state)
{
    (void)state;
    struct fixture f;
    open_store(&f, 100 << 20, 0);
    struct read r = {.ranges = {{.offset = 0, .length = 4},
                                {.offset = 4, .length = 0},
                                {.offset = 100, .length = 50},
                                {.offset = 1 << 20, .length = 35 << 20},
                                {.offset = BIG - 1, .length = 1}}};
    r.r.n_ranges = 5;
    r.r.object_size = BIG;
    r.r.waste_max = 96;
    assert_int_equal(read_big(&f, &r), OK);
    /* [0,150), three pieces of [1 MiB, 36 MiB), the last byte. */
    assert_int_equal(counter_get(&f.counters.requests_get), 5);
    assert_int_equal(counter_get(&f.counters.bytes_wanted), 4 + 50 + (35u << 20) + 1);
    assert_int_equal(counter_get(&f.counters.bytes_received), 150 + (35u << 20) + 1);
    assert_int_equal(budget_used(&f.budget), 150 + (35u << 20) + 1);
    store_read_release(&r.r);
    close_store(&f);
}

static void suffixes_are_cut_at_the_object(void **state)
{
    (void)state;
    struct fixture f;
    open_store(&f, 100 << 20, 0);
    struct read r = {.ranges = {{.length = 1000, .suffix = true}}};
    r.r.n_ranges = 1;
    r.r.object_size = UINT64_MAX;
    assert_int_equal(read_big(&f, &r), OK);
    assert_int_equal(r.ranges[0].offset, BIG - 1000);
    assert_int_equal(r.r.object_size, BIG);
    store_read_release(&r.r);

    struct queue q;
    queue_init(&q);
    struct read small = {.ranges = {{.length = 1000, .suffix = true}}};
    small.r.n_ranges = 1;
    small.r.object_size = UINT64_MAX;
    small.r.key = "weather/part-0.parquet";
    submit(&f, &small, &q);
    assert_ptr_equal(wait_done(&q), &small);
    assert_int_equal(small.r.err.code, OK);
    assert_int_equal(small.ranges[0].length, 10);
    assert_memory_equal(small.ranges[0].data, "0123456789", 10);
    store_read_release(&small.r);

    struct read none = {.ranges = {{.length = 1000, .suffix = true}}};
    none.r.n_ranges = 1;
    none.r.object_size = UINT64_MAX;
    none.r.key = "weather/part-1.parquet";
    submit(&f, &none, &q);
    assert_ptr_equal(wait_done(&q), &none);
    assert_int_equal(none.r.err.code, OK);
    assert_int_equal(none.ranges[0].length, 0);
    assert_int_equal(none.r.object_size, 0);
    store_read_release(&none.r);
    queue_destroy(&q);
    close_store(&f);
}

static void nothing_is_answered_too(void **state)
{
    (void)state;
    struct fixture f;
    open_store(&f, 1, 0);
    struct read r = {.ranges = {{.offset = 7, .length = 0}}};
    r.r.n_ranges = 1;
    r.r.object_size = BIG;
    assert_int_equal(read_big(&f, &r), OK);
    store_read_release(&r.r);
    struct read none = {.r = {.object_size = BIG}};
    assert_int_equal(read_big(&f, &none), OK);
    store_read_release(&none.r);
    assert_int_equal(counter_get(&f.counters.requests_get), 0);
    close_store(&f);
}

static void bad_reads_name_the_object(void **state)
{
    (void)state;
    struct fixture f;
    struct queue q;
    open_store(&f, 1 << 20, 0);
    struct read r = {.ranges = {{.offset = BIG - 1, .length = 2}}};
    r.r.n_ranges = 1;
    r.r.object_size = BIG;
    assert_int_equal(read_big(&f, &r), ERR_TRUNCATED);
    store_read_release(&r.r);
    queue_init(&q);
    static const struct {
        const char *key;
        enum error_code code;
    } cases[] = {{"gone", ERR_NOT_FOUND},
                 {"weather", ERR_NOT_FOUND},
                 {"../x", ERR_NOT_FOUND},
                 {"/etc/passwd", ERR_NOT_FOUND},
                 {"weather/../big", ERR_NOT_FOUND}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct read miss = {.ranges = {{.length = 1, .suffix = true}}};
        miss.r.n_ranges = 1;
        miss.r.object_size = UINT64_MAX;
        miss.r.key = cases[i].key;
        submit(&f, &miss, &q);
        assert_ptr_equal(wait_done(&q), &miss);
        assert_int_equal(miss.r.err.code, cases[i].code);
        assert_non_null(strstr(miss.r.err.text, cases[i].key));
        assert_non_null(strstr(miss.r.err.text, "file:///"));
        store_read_release(&miss.r);
    }
    queue_destroy(&q);
    close_store(&f);
}

static void a_replaced_file_is_noticed(void **state)
{
    (void)state;
    struct fixture f;
    struct listed l;
    struct error err;
    struct arena a;
    struct str text;
    arena_init(&a);
    write_file("volatile", "old", 3);
    open_store(&f, 1 << 20, 0);
    assert_int_equal(list(f.store, "volatile", &l, &err), OK);
    struct object o = {.key = "volatile", .size = 3, .etag = l.etags[0]};
    assert_int_equal(store_get(f.store, &o, 100, &a, &text, &err), OK);
    assert_true(str_eq(text, str_c("old")));
    clock_sleep_ns(20000000);
    write_file("volatile", "new", 3);
    assert_int_equal(store_get(f.store, &o, 100, &a, &text, &err), ERR_CHANGED);
    o.etag = "";
    assert_int_equal(store_get(f.store, &o, 100, &a, &text, &err), OK);
    assert_true(str_eq(text, str_c("new")));
    assert_int_equal(store_get(f.store, &o, 2, &a, &text, &err), ERR_LIMIT);
    o.size = UINT64_MAX;
    assert_int_equal(store_get(f.store, &o, 3, &a, &text, &err), OK);
    assert_true(str_eq(text, str_c("new")));
    assert_int_equal(store_get(f.store, &o, 2, &a, &text, &err), ERR_LIMIT);
    arena_reset(&a);
    close_store(&f);
}

/* Overwrites "torn" in place with B, slowly enough to be overtaken. */
static void *overwrite(void *arg)
{
    FILE *f = arg;
    static char b[65536];
    memset(b, 'B', sizeof b);
    for (int i = 0; i < 128; i++) {
        fwrite(b, 1, sizeof b, f);
        fflush(f);
    }
    return NULL;
}

/* A file that is written to while it is read gives its old bytes or ERR_CHANGED, never some of
 * both. */
static void no_read_is_half_old_half_new(void **state)
{
    (void)state;
    enum { SIZE = 8 << 20 };
    static char a[SIZE];
    char path[512];
    memset(a, 'A', sizeof a);
    snprintf(path, sizeof path, "%s/torn", root);
    int changed = 0;
    for (int round = 0; round < 40; round++) {
        struct fixture f;
        struct listed l;
        struct error err;
        struct arena arena;
        struct str text;
        pthread_t writer;
        write_file("torn", a, sizeof a);
        arena_init(&arena);
        open_store(&f, 100 << 20, 0);
        assert_int_equal(list(f.store, "torn", &l, &err), OK);
        clock_sleep_ns(20000000); /* the clock of file times ticks every few milliseconds */
        FILE *out = fopen(path, "r+b");
        assert_non_null(out);
        assert_int_equal(pthread_create(&writer, NULL, overwrite, out), 0);
        struct object o = {.key = "torn", .size = SIZE, .etag = l.etags[0]};
        enum error_code rc = store_get(f.store, &o, SIZE, &arena, &text, &err);
        pthread_join(writer, NULL);
        fclose(out);
        assert_true(rc == OK || rc == ERR_CHANGED);
        if (rc == OK) {
            assert_memory_equal(text.data, a, SIZE);
        }
        changed += rc == ERR_CHANGED;
        arena_reset(&arena);
        close_store(&f);
    }
    assert_true(changed > 0);
    assert_int_equal(unlink(path), 0);
}

/* ---- the budget, cancellation ---- */

static void reads_wait_for_the_budget_in_order(void **state)
{
    (void)state;
    struct fixture f;
    struct queue q;
    struct read r[8];
    queue_init(&q);
    open_store(&f, 3000, 3);
    for (int i = 0; i < 8; i++) {
        r[i] = (struct read){.ranges = {{.offset = (uint64_t)i * 5000, .length = 2000}}};
        r[i].r.n_ranges = 1;
        r[i].r.object_size = BIG;
        r[i].r.key = "big";
        submit(&f, &r[i], &q);
    }
    /* One at a time fits; each is let in by the release of the one before, in order. */
    for (int i = 0; i < 8; i++) {
        assert_ptr_equal(wait_done(&q), &r[i]);
        assert_int_equal(r[i].r.err.code, OK);
        clock_sleep_ns(1000000);
        assert_null(queue_try_pop(&q));
        store_read_release(&r[i].r);
    }
    assert_int_equal(budget_peak(&f.budget), 2000);
    queue_destroy(&q);
    close_store(&f);
}

static void cancelling_answers_every_read_once(void **state)
{
    (void)state;
    struct fixture f;
    struct queue q;
    enum { N = 200 };
    struct read *r = calloc(N, sizeof *r);
    queue_init(&q);
    open_store(&f, 5000, 2);
    for (int i = 0; i < N; i++) {
        r[i] = (struct read){.ranges = {{.offset = 0, .length = 2000}}};
        r[i].r.n_ranges = 1;
        r[i].r.object_size = BIG;
        r[i].r.key = "big";
        submit(&f, &r[i], &q);
    }
    store_cancel(f.store);
    int cancelled = 0;
    for (int i = 0; i < N; i++) {
        struct read *one = wait_done(&q);
        assert_non_null(one);
        assert_true(one->r.err.code == OK || one->r.err.code == ERR_CANCELLED);
        cancelled += one->r.err.code == ERR_CANCELLED;
        store_read_release(&one->r);
    }
    assert_true(cancelled >= N - 4);
    struct read late = {.ranges = {{.offset = 0, .length = 10}},
                        .r = {.n_ranges = 1, .object_size = BIG}};
    assert_int_equal(read_big(&f, &late), ERR_CANCELLED);
    store_read_release(&late.r);
    queue_destroy(&q);
    close_store(&f);
    free(r);
}

static void closing_answers_what_is_left(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct fixture f;
        struct queue q;
        struct read r[16];
        queue_init(&q);
        open_store(&f, 100000, 3);
        for (int i = 0; i < 16; i++) {
            r[i] = (struct read){.ranges = {{.offset = 0, .length = 30000}}};
            r[i].r.n_ranges = 1;
            r[i].r.object_size = BIG;
            r[i].r.key = "big";
            submit(&f, &r[i], &q);
        }
        store_close(f.store);
        assert_int_equal(queue_length(&q), 16);
        for (int i = 0; i < 16; i++) {
            store_read_release(&r[i].r); /* after the store is gone */
        }
        assert_int_equal(budget_used(&f.budget), 0);
        budget_destroy(&f.budget);
        queue_destroy(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_have_one_canonical_form),
        cmocka_unit_test(everything_is_listed_once),
        cmocka_unit_test(long_listings_come_in_pages),
        cmocka_unit_test(links_are_followed_and_loops_end),
        cmocka_unit_test(unreadable_directories_are_reported_behind_the_rest),
        cmocka_unit_test(ranges_give_their_bytes),
        cmocka_unit_test(suffixes_are_cut_at_the_object),
        cmocka_unit_test(nothing_is_answered_too),
        cmocka_unit_test(bad_reads_name_the_object),
        cmocka_unit_test(a_replaced_file_is_noticed),
        cmocka_unit_test(no_read_is_half_old_half_new),
        cmocka_unit_test(reads_wait_for_the_budget_in_order),
        cmocka_unit_test(cancelling_answers_every_read_once),
        cmocka_unit_test(closing_answers_what_is_left),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
