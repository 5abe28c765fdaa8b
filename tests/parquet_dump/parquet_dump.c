/* parquet_dump.c - print every flat column of a Parquet file, as a differential test needs it.
 *
 *     G <rows>                                 a row group
 *     C <column> <physical> <path>             a column chunk; then lines of
 *     R <hex of the PLAIN bytes, or N> <rows>  runs, merged where their bytes are equal
 *     I <integer, or N> <rows>                 the same values through chunk_next_i64, where the
 * type has them E <error name> <text>                    in place of what failed
 *
 * Exit code 0 if the footer was read, whatever became of the columns; else 1 with an E line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "parquet/chunk.h"

#define RUNS 1000 /* no power of two, so that batches and pages do not line up */

static struct str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    struct strbuf b;
    strbuf_init(&b, (size_t)1 << 32);
    char part[65536];
    size_t n;
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        strbuf_add(&b, part, n);
    }
    fclose(f);
    return strbuf_view(&b);
}

static void print_value(struct str v, uint64_t rows)
{
    fputs("R ", stdout);
    for (size_t i = 0; i < v.len; i++) {
        static const char digits[] = "0123456789abcdef";
        putchar(digits[(uint8_t)v.data[i] >> 4]);
        putchar(digits[v.data[i] & 15]);
    }
    printf(" %" PRIu64 "\n", rows);
}

static void print_error(const struct error *err)
{
    printf("E %s %s\n", error_name(err->code), err->text);
}

/* The current run; `value` copies its bytes, which later pages may move. */
struct current {
    struct strbuf value;
    bool null;
    uint64_t rows;
};

static void flush(struct current *c)
{
    if (c->rows && c->null) {
        printf("R N %" PRIu64 "\n", c->rows);
    } else if (c->rows) {
        print_value(strbuf_view(&c->value), c->rows);
    }
    c->rows = 0;
}

static void add_run(struct current *c, const struct chunk_reader *r, struct chunk_run run)
{
    bool null = run.code == CHUNK_NULL;
    struct str v = null ? (struct str){"", 0} : chunk_value(r, run.code);
    if (c->rows && null == c->null && str_eq(v, strbuf_view(&c->value))) {
        c->rows += run.rows;
        return;
    }
    flush(c);
    strbuf_clear(&c->value);
    strbuf_add(&c->value, v.data, v.len);
    c->null = null;
    c->rows = run.rows;
}

static void dump_runs(struct chunk_reader *r)
{
    struct chunk_run runs[RUNS];
    struct error err;
    struct current c = {0};
    strbuf_init(&c.value, (size_t)1 << 31);
    size_t n;
    do {
        if (chunk_next_runs(r, runs, RUNS, &n, &err) != OK) {
            flush(&c);
            print_error(&err);
            break;
        }
        for (size_t i = 0; i < n; i++) {
            add_run(&c, r, runs[i]);
        }
    } while (n);
    flush(&c);
    strbuf_free(&c.value);
}

static void print_ints(bool valid, int64_t value, uint64_t rows)
{
    if (rows && valid) {
        printf("I %" PRId64 " %" PRIu64 "\n", value, rows);
    } else if (rows) {
        printf("I N %" PRIu64 "\n", rows);
    }
}

static void dump_ints(struct chunk_reader *r)
{
    struct error err;
    struct chunk_i64s batch;
    bool valid = false;
    int64_t value = 0;
    uint64_t rows = 0;
    do {
        if (chunk_next_i64(r, TIME_UNIT_NS, &batch, &err) != OK) {
            print_error(&err);
            return;
        }
        for (size_t i = 0; i < batch.n; i++) {
            bool v = !batch.valid || batch.valid[i];
            if (rows && v == valid && (!v || batch.values[i] == value)) {
                rows++;
                continue;
            }
            print_ints(valid, value, rows);
            valid = v;
            value = batch.values[i];
            rows = 1;
        }
    } while (batch.n);
    print_ints(valid, value, rows);
}

static void dump_chunk(const struct parquet_footer *f, struct str file, size_t g, size_t c,
                       void (*dump)(struct chunk_reader *))
{
    const struct parquet_chunk *chunk = &f->row_groups[g].chunks[c];
    struct chunk_piece piece = {chunk->offset, str_n(file.data + chunk->offset, chunk->length)};
    struct chunk_reader *r;
    struct error err;
    if (chunk_open(f, g, c, &piece, 1, PARQUET_PAGE_MAX, NULL, &r, &err) != OK) {
        print_error(&err);
        return;
    }
    dump(r);
    chunk_close(r);
}

static void dump_column(const struct parquet_footer *f, struct str file, size_t g, size_t c)
{
    const struct parquet_column *col = &f->columns[c];
    printf("C %zu %d %s\n", c, (int)col->physical, col->path);
    dump_chunk(f, file, g, c, dump_runs);
    if (col->physical == PARQUET_INT32 || col->physical == PARQUET_INT64 ||
        col->physical == PARQUET_INT96) {
        dump_chunk(f, file, g, c, dump_ints);
    }
}

static enum error_code open_footer(struct str file, struct arena *a, struct parquet_footer **f,
                                   struct error *err)
{
    uint64_t n;
    enum error_code rc = footer_locate(file, file.len, (struct str){"", 0}, &n, err);
    if (rc != OK) {
        return rc;
    }
    return footer_parse(str_from(file, file.len - n), file.len, a, f, err);
}

static int dump_file(const char *path)
{
    struct str file = read_file(path);
    struct arena a;
    arena_init(&a);
    struct parquet_footer *f;
    struct error err;
    int exit_code = 0;
    if (open_footer(file, &a, &f, &err) != OK) {
        print_error(&err);
        exit_code = 1;
    } else {
        for (size_t g = 0; g < f->n_row_groups; g++) {
            printf("G %" PRIu64 "\n", f->row_groups[g].rows);
            for (size_t c = 0; c < f->n_columns; c++) {
                if (f->columns[c].max_rep == 0) {
                    dump_column(f, file, g, c);
                }
            }
        }
    }
    arena_reset(&a);
    free((char *)file.data);
    return exit_code;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.parquet\n", argv[0]);
        return 2;
    }
    return dump_file(argv[1]);
}
