/* parquet_dump.c - what our reader gives for every column of Parquet files, as a differential test
 * needs it.
 *
 *     test_parquet_dump [-v] FILE...
 *
 *     F <path>                      a file
 *     E <error name> <text>         in place of what failed
 *     C <column> <way> <CRC-32> <n> all entries of a column over all row groups, read in one way
 *
 * Ways, and the bytes that each entry adds to the CRC-32:
 *     runs, entries, and rows (entries again, by plans of some rows each)
 *                     a byte 1, the length in four bytes, the PLAIN bytes; or a byte 0
 *     ints            a byte 1 and the integer in eight bytes; or a byte 0
 *     levels          repetition and definition level, two bytes each; of repeated columns
 *     lists           a byte 1 and the number of elements in eight bytes, or a byte 0; one a row
 * What rules a value out that is there is an error too (plans.h).
 * With -v each entry is a line before: its way, and its bytes in hexadecimal digits.
 *
 * Exit code 0 if every footer was read, whatever became of the columns; else 1.
 */
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "parquet/chunk.h"
#include "plans.h"

#define RUNS 1000 /* no power of two, so that batches and pages do not line up */

enum way { WAY_RUNS, WAY_INTS, WAY_ENTRIES, WAY_LEVELS, WAY_LISTS, WAY_ROWS, WAYS };

static const char *const way_names[] = {"runs", "ints", "entries", "levels", "lists", "rows"};

/* A column over all row groups. */
struct leaf {
    const struct parquet_column *column;
    struct sum {
        uint32_t crc;
        uint64_t n;
    } sums[WAYS];
};

static bool verbose;

static void print_error(const struct error *err)
{
    printf("E %s %s\n", error_name(err->code), err->text);
}

/* An entry of two parts, `times` times. */
static void add(struct leaf *leaf, enum way way, struct str head, struct str body, uint64_t times)
{
    struct sum *s = &leaf->sums[way];
    for (uint64_t i = 0; i < times; i++) {
        s->crc = libdeflate_crc32(s->crc, head.data, head.len);
        s->crc = libdeflate_crc32(s->crc, body.data, body.len);
    }
    s->n += times;
    if (verbose) {
        printf("%s %" PRIu64 " ", way_names[way], times);
        for (size_t i = 0; i < body.len; i++) {
            printf("%02x", (uint8_t)body.data[i]);
        }
        puts(head.data && head.data[0] == 0 ? "null" : "");
    }
}

static void add_value(struct leaf *leaf, enum way way, struct str v, uint64_t times)
{
    char head[5] = {1};
    uint32_t len = (uint32_t)v.len;
    memcpy(head + 1, &len, sizeof len);
    add(leaf, way, str_n(head, sizeof head), v, times);
}

static void add_null(struct leaf *leaf, enum way way, uint64_t times)
{
    add(leaf, way, str_n("\0", 1), str_n("", 0), times);
}

static void add_number(struct leaf *leaf, enum way way, bool valid, uint64_t v)
{
    if (valid) {
        add(leaf, way, str_n("\1", 1), str_n(&v, sizeof v), 1);
    } else {
        add_null(leaf, way, 1);
    }
}

static enum error_code dump_runs(struct chunk_reader *r, struct leaf *leaf, struct error *err)
{
    struct chunk_run runs[RUNS];
    size_t n;
    do {
        enum error_code rc = chunk_next_runs(r, runs, RUNS, &n, err);
        if (rc != OK) {
            return rc;
        }
        for (size_t i = 0; i < n; i++) {
            if (runs[i].code == CHUNK_NULL) {
                add_null(leaf, WAY_RUNS, runs[i].rows);
            } else {
                add_value(leaf, WAY_RUNS, chunk_value(r, runs[i].code), runs[i].rows);
            }
        }
    } while (n);
    return OK;
}

static enum error_code dump_ints(struct chunk_reader *r, struct leaf *leaf, struct error *err)
{
    struct chunk_i64s batch;
    do {
        enum error_code rc = chunk_next_i64(r, TIME_UNIT_NS, &batch, err);
        if (rc != OK) {
            return rc;
        }
        for (size_t i = 0; i < batch.n; i++) {
            add_number(leaf, WAY_INTS, !batch.valid || batch.valid[i], (uint64_t)batch.values[i]);
        }
    } while (batch.n);
    return OK;
}

static void add_entries(struct leaf *leaf, const struct chunk_entries *batch)
{
    for (size_t i = 0, v = 0; i < batch->n; i++) {
        if (batch->def[i] == leaf->column->max_def) {
            add_value(leaf, WAY_ENTRIES, chunk_entry_value(batch, v++), 1);
        } else {
            add_null(leaf, WAY_ENTRIES, 1);
        }
        if (leaf->column->max_rep) {
            const uint16_t levels[] = {batch->rep[i], batch->def[i]};
            add(leaf, WAY_LEVELS, str_n("", 0), str_n(levels, sizeof levels), 1);
        }
    }
}

static enum error_code dump_entries(struct chunk_reader *r, struct leaf *leaf, struct error *err)
{
    struct chunk_entries batch;
    size_t max = 1;
    do {
        enum error_code rc = chunk_next_entries(r, max, &batch, err);
        if (rc != OK) {
            return rc;
        }
        add_entries(leaf, &batch);
        max = max * 2 % 777 + 1;
    } while (batch.n);
    return OK;
}

static enum error_code dump_lists(struct chunk_reader *r, struct leaf *leaf, struct error *err)
{
    struct chunk_lists batch;
    do {
        enum error_code rc = chunk_next_lists(r, &batch, err);
        if (rc != OK) {
            return rc;
        }
        for (size_t i = 0; i < batch.n; i++) {
            add_number(leaf, WAY_LISTS, batch.valid[i], batch.elements[i]);
        }
    } while (batch.n);
    return OK;
}

typedef enum error_code dump_function(struct chunk_reader *, struct leaf *, struct error *);

static void dump_chunk(struct chunk_place p, struct leaf *leaf, dump_function *dump)
{
    const struct parquet_chunk *chunk = &p.footer->row_groups[p.group].chunks[p.column];
    struct chunk_piece piece = {chunk->offset, str_n(p.file.data + chunk->offset, chunk->length)};
    struct chunk_reader *r;
    struct error err;
    enum error_code rc =
        chunk_open(p.footer, p.group, p.column, &piece, 1, PARQUET_PAGE_MAX, NULL, &r, &err);
    rc = rc ? rc : dump(r, leaf, &err);
    if (rc != OK) {
        print_error(&err);
    }
    chunk_close(r);
}

static void add_row_entry(void *context, struct str v)
{
    if (v.data) {
        add_value(context, WAY_ROWS, v, 1);
    } else {
        add_null(context, WAY_ROWS, 1);
    }
}

static void dump_plans(struct chunk_place p, struct leaf *leaf)
{
    struct error err;
    if (visit_by_rows(p, add_row_entry, leaf, &err) != OK || check_plans(p, &err) != OK) {
        print_error(&err);
    }
}

static bool has_ints(const struct parquet_column *c)
{
    return c->physical == PARQUET_INT32 || c->physical == PARQUET_INT64 ||
           c->physical == PARQUET_INT96;
}

static void dump_column(const struct parquet_footer *f, struct str file, size_t c)
{
    struct leaf leaf = {.column = &f->columns[c]};
    for (size_t g = 0; g < f->n_row_groups; g++) {
        struct chunk_place p = {f, file, g, c};
        dump_chunk(p, &leaf, dump_runs);
        dump_chunk(p, &leaf, dump_entries);
        dump_plans(p, &leaf);
        if (has_ints(leaf.column)) {
            dump_chunk(p, &leaf, dump_ints);
        }
        if (leaf.column->max_rep) {
            dump_chunk(p, &leaf, dump_lists);
        }
    }
    for (int w = 0; w < WAYS; w++) {
        printf("C %zu %s %" PRIu32 " %" PRIu64 "\n", c, way_names[w], leaf.sums[w].crc,
               leaf.sums[w].n);
    }
}

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
    enum error_code rc = open_footer(file, &a, &f, &err);
    printf("F %s\n", path);
    if (rc != OK) {
        print_error(&err);
    }
    for (size_t c = 0; rc == OK && c < f->n_columns; c++) {
        dump_column(f, file, c);
    }
    arena_reset(&a);
    free((char *)file.data);
    return rc != OK;
}

int main(int argc, char **argv)
{
    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    int exit_code = 0;
    for (int i = 1 + verbose; i < argc; i++) {
        exit_code |= dump_file(argv[i]);
    }
    return exit_code;
}
