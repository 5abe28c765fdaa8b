/* Every file of the Apache Parquet conformance corpus, compared with what pyarrow reads from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "parquet/chunk.h"

#define CORPUS TSI_SHARED_DATA "/parquet-testing/"

/* A leaf as pyarrow reads it, over all row groups; see tests/conformance/parquet_expected.py. */
struct expected {
    const char *file;
    size_t column;
    uint64_t entries, nulls;
    uint32_t crc, levels;
};

#include "corpus_expected.h"

struct file {
    struct strbuf bytes;
    struct arena arena;
    struct parquet_footer *footer;
    struct error err;
};

static enum error_code open_file(struct file *f, const char *name)
{
    char path[4096], part[65536];
    snprintf(path, sizeof path, CORPUS "%s", name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    strbuf_init(&f->bytes, (size_t)1 << 30);
    arena_init(&f->arena);
    size_t n;
    while ((n = fread(part, 1, sizeof part, in)) > 0) {
        strbuf_add(&f->bytes, part, n);
    }
    fclose(in);
    uint64_t length = 0;
    struct str all = strbuf_view(&f->bytes);
    enum error_code rc = footer_locate(all, all.len, (struct str){0}, &length, &f->err);
    if (rc == OK) {
        rc = footer_parse(str_from(all, all.len - length), all.len, &f->arena, &f->footer, &f->err);
    }
    return rc;
}

static void close_file(struct file *f)
{
    strbuf_free(&f->bytes);
    arena_reset(&f->arena);
}

static enum error_code open_chunk(struct file *f, size_t g, size_t c, struct chunk_reader **r)
{
    const struct parquet_chunk *chunk = &f->footer->row_groups[g].chunks[c];
    struct chunk_piece piece = {chunk->offset, str_n(f->bytes.data + chunk->offset, chunk->length)};
    return chunk_open(f->footer, g, c, &piece, 1, PARQUET_PAGE_MAX, NULL, r, &f->err);
}

struct sum {
    uint64_t entries, nulls;
    uint32_t crc, levels;
};

static void add_entry(struct sum *s, struct str v)
{
    const uint8_t valid = v.data != NULL;
    uint32_t len = (uint32_t)v.len;
    s->crc = libdeflate_crc32(s->crc, &valid, 1);
    if (valid) {
        s->crc = libdeflate_crc32(s->crc, &len, 4);
        s->crc = libdeflate_crc32(s->crc, v.data, v.len);
    }
    s->entries++;
    s->nulls += !valid;
}

static enum error_code sum_runs(struct file *f, size_t g, size_t c, struct sum *s)
{
    struct chunk_reader *r;
    enum error_code rc = open_chunk(f, g, c, &r);
    struct chunk_run runs[100];
    size_t n = rc == OK;
    while (rc == OK && n) {
        rc = chunk_next_runs(r, runs, 100, &n, &f->err);
        for (size_t i = 0; i < n; i++) {
            struct str v = {0};
            if (runs[i].code != CHUNK_NULL) {
                v = chunk_value(r, runs[i].code);
            }
            for (uint32_t k = 0; k < runs[i].rows; k++) {
                add_entry(s, v);
            }
        }
    }
    if (r) {
        chunk_close(r);
    }
    return rc;
}

static enum error_code sum_ints(struct file *f, size_t g, size_t c, struct sum *s)
{
    size_t width = f->footer->columns[c].physical == PARQUET_INT32 ? 4 : 8;
    struct chunk_reader *r;
    enum error_code rc = open_chunk(f, g, c, &r);
    struct chunk_i64s b = {.n = rc == OK};
    while (rc == OK && b.n) {
        rc = chunk_next_i64(r, TIME_UNIT_NS, &b, &f->err);
        for (size_t i = 0; i < b.n; i++) {
            bool valid = !b.valid || b.valid[i];
            add_entry(s, valid ? str_n(&b.values[i], width) : (struct str){0});
        }
    }
    if (r) {
        chunk_close(r);
    }
    return rc;
}

static enum error_code sum_entries(struct file *f, size_t g, size_t c, struct sum *s)
{
    const struct parquet_column *column = &f->footer->columns[c];
    struct chunk_reader *r;
    enum error_code rc = open_chunk(f, g, c, &r);
    struct chunk_entries b = {.n = rc == OK};
    while (rc == OK && b.n) {
        rc = chunk_next_entries(r, 100, &b, &f->err);
        for (size_t i = 0, v = 0; i < b.n; i++) {
            bool valid = b.def[i] == column->max_def;
            add_entry(s, valid ? chunk_entry_value(&b, v++) : (struct str){0});
            const uint16_t levels[] = {b.rep[i], b.def[i]};
            s->levels = column->max_rep ? libdeflate_crc32(s->levels, levels, sizeof levels) : 0;
        }
    }
    chunk_close(r);
    return rc;
}

typedef enum error_code sum_function(struct file *, size_t, size_t, struct sum *);

/* Over all row groups. */
static enum error_code sum_column(struct file *f, size_t c, sum_function *sum, struct sum *s)
{
    enum error_code rc = OK;
    *s = (struct sum){0};
    for (size_t g = 0; rc == OK && g < f->footer->n_row_groups; g++) {
        rc = sum(f, g, c, s);
    }
    return rc;
}

static void assert_sum(const struct expected *e, const struct sum *s, bool levels)
{
    if (s->entries != e->entries || s->nulls != e->nulls || s->crc != e->crc ||
        (levels && s->levels != e->levels)) {
        fail_msg("%s, column %zu: %llu entries, %llu nulls, %08x, %08x instead of %llu, %llu, "
                 "%08x, %08x",
                 e->file, e->column, (unsigned long long)s->entries, (unsigned long long)s->nulls,
                 s->crc, s->levels, (unsigned long long)e->entries, (unsigned long long)e->nulls,
                 e->crc, e->levels);
    }
}

static void check_column(struct file *f, const struct expected *e)
{
    struct sum s;
    bool damaged = strstr(e->file, "corrupt-checksum") != NULL; /* pyarrow does not look, we do */
    enum error_code rc = sum_column(f, e->column, sum_runs, &s);
    if (damaged) {
        /* In each of these files the pages of some columns are damaged, not of all. */
        assert_true(rc == ERR_CHECKSUM || rc == OK);
        return;
    }
    if (rc != OK) {
        fail_msg("%s: %s", e->file, f->err.text);
    }
    assert_sum(e, &s, false);
    assert_int_equal(sum_column(f, e->column, sum_entries, &s), OK);
    assert_sum(e, &s, true);
    enum parquet_physical p = f->footer->columns[e->column].physical;
    if (p == PARQUET_INT32 || p == PARQUET_INT64) {
        assert_int_equal(sum_column(f, e->column, sum_ints, &s), OK);
        assert_sum(e, &s, false);
    }
}

static void every_column_is_what_pyarrow_reads(void **state)
{
    (void)state;
    struct file f;
    const char *open = "";
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct expected *e = &expected[i];
        if (strcmp(open, e->file) != 0) {
            if (*open) {
                close_file(&f);
            }
            open = e->file;
            if (open_file(&f, open) != OK) {
                fail_msg("%s: %s", open, f.err.text);
            }
        }
        check_column(&f, e);
    }
    close_file(&f);
}

/* Every chunk of a file; the first error, or OK. */
static enum error_code read_all(struct file *f)
{
    enum error_code first = OK;
    for (size_t g = 0; g < f->footer->n_row_groups; g++) {
        for (size_t c = 0; c < f->footer->n_columns; c++) {
            struct sum s = {0};
            enum error_code rc = sum_runs(f, g, c, &s);
            first = first == OK ? rc : first;
        }
    }
    return first;
}

static void assert_file(const char *name, enum error_code want)
{
    struct file f;
    enum error_code rc = open_file(&f, name);
    if (rc == OK) {
        rc = read_all(&f);
    }
    if (rc != want) {
        fail_msg("%s gives %s instead of %s: %s", name, error_name(rc), error_name(want),
                 rc == OK ? "" : f.err.text);
    }
    close_file(&f);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    assert_file("data/datapage_v1-corrupt-checksum.parquet", ERR_CHECKSUM);
    assert_file("data/rle-dict-uncompressed-corrupt-checksum.parquet", ERR_CHECKSUM);
    assert_file("bad_data/ARROW-GH-41317.parquet", ERR_CORRUPT);
    assert_file("bad_data/ARROW-GH-41321.parquet", ERR_CORRUPT);
    assert_file("bad_data/ARROW-GH-45185.parquet", ERR_CORRUPT);
    assert_file("bad_data/ARROW-GH-47662.parquet", ERR_CORRUPT);
    assert_file("bad_data/ARROW-RS-GH-6229-LEVELS.parquet", ERR_CORRUPT);
    assert_file("bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet", ERR_CORRUPT);
    assert_file("bad_data/PARQUET-1481.parquet", ERR_CORRUPT);
    /* A dictionary of one entry and codes of no bits: other readers have taken offence, the values
     * are well defined. */
    assert_file("bad_data/ARROW-GH-43605.parquet", OK);
}

static void encrypted_files_are_named(void **state)
{
    (void)state;
    assert_file("data/uniform_encryption.parquet.encrypted", ERR_ENCRYPTED);
    assert_file("data/encrypt_columns_and_footer.parquet.encrypted", ERR_ENCRYPTED);
    assert_file("data/encrypt_columns_plaintext_footer.parquet.encrypted", ERR_ENCRYPTED);
    assert_file("data/aes256/encrypt_columns_plaintext_footer.parquet.encrypted", ERR_ENCRYPTED);
}

static void every_footer_of_the_corpus_opens(void **state)
{
    (void)state;
    DIR *dir = opendir(CORPUS "data");
    assert_non_null(dir);
    struct dirent *entry;
    int files = 0;
    while ((entry = readdir(dir))) {
        if (str_ends(str_c(entry->d_name), ".parquet")) {
            char name[512];
            snprintf(name, sizeof name, "data/%s", entry->d_name);
            struct file f;
            if (open_file(&f, name) != OK) {
                fail_msg("%s: %s", name, f.err.text);
            }
            for (size_t i = 0; i < f.footer->n_columns; i++) {
                assert_true(strlen(parquet_type_text(&f.footer->columns[i], &f.arena)) > 0);
                assert_ptr_equal(footer_find(f.footer, f.footer->columns[i].path),
                                 &f.footer->columns[i]);
            }
            files++;
            close_file(&f);
        }
    }
    closedir(dir);
    assert_true(files > 60);
}

/* What readers disagree about is in the schema and its types: a sample over the corpus. */
static void types_of_the_corpus(void **state)
{
    (void)state;
    static const struct {
        const char *file, *path, *type;
    } cases[] = {
        {"data/alltypes_plain.parquet", "timestamp_col", "timestamp[ns]"},
        {"data/int32_decimal.parquet", "value", "decimal(4,2)"},
        {"data/float16_nonzeros_and_nans.parquet", "x", "float16"},
        {"data/nested_lists.snappy.parquet", "a.list.element.list.element.list.element",
         "list<list<list<string>>>"},
        {"data/fixed_length_byte_array.parquet", "flba_field", "fixed[4]"},
        {"data/unknown-logical-type.parquet", "column with unknown type", "binary"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file f;
        assert_int_equal(open_file(&f, cases[i].file), OK);
        const struct parquet_column *c = footer_find(f.footer, cases[i].path);
        if (!c) {
            fail_msg("%s has no column '%s'", cases[i].file, cases[i].path);
            continue;
        }
        assert_string_equal(parquet_type_text(c, &f.arena), cases[i].type);
        close_file(&f);
    }
}

/* Spark's last value overflowed when it was written: its day lies 294,000 years before Christ,
 * which no unit of 64 bits holds. The values before it are read in runs, which take the bytes as
 * they are. */
static void int96_beyond_64_bits(void **state)
{
    (void)state;
    struct file f;
    assert_int_equal(open_file(&f, "data/int96_from_spark.parquet"), OK);
    struct sum s;
    assert_int_equal(sum_column(&f, 0, sum_ints, &s), ERR_LIMIT);
    assert_int_equal(sum_column(&f, 0, sum_runs, &s), OK);
    assert_int_equal(s.entries, 6);
    assert_int_equal(s.nulls, 1);
    close_file(&f);
}

int main(void)
{
    if (access(CORPUS "data/alltypes_plain.parquet", R_OK) != 0) {
        printf("SKIPPED: no Parquet conformance corpus at %s\n", CORPUS);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_what_pyarrow_reads),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(encrypted_files_are_named),
        cmocka_unit_test(every_footer_of_the_corpus_opens),
        cmocka_unit_test(types_of_the_corpus),
        cmocka_unit_test(int96_beyond_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
