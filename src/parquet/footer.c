/* footer.c - FileMetaData: the schema, then the row groups, which need the column orders that stand
 * behind them. */
#include "parquet/footer.h"

#include <string.h>

#include "format/thrift.h"
#include "parquet/bits.h"
#include "parquet/row_group.h"
#include "parquet/schema.h"

/* The top-level fields. Lists are bookmarked and read in the order that their contents need. */
struct top_level {
    int32_t version;
    int64_t rows;
    bool has_rows, has_schema, has_groups, has_orders;
    struct thrift schema, groups, orders; /* each before its list */
    struct str created_by;
};

static void bookmark(struct thrift *t, const struct thrift_field *f, struct thrift *mark, bool *has)
{
    if (f->type != THRIFT_LIST) {
        thrift_fail(t, ERR_CORRUPT, "Parquet footer field %d is not a list", f->id);
        return;
    }
    *mark = *t;
    *has = true;
    thrift_skip(t, f->type);
}

static void read_top_level(struct thrift *t, struct top_level *top)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            top->version = thrift_i32(t, &f);
            break;
        case 2:
            bookmark(t, &f, &top->schema, &top->has_schema);
            break;
        case 3:
            top->rows = thrift_i64(t, &f);
            top->has_rows = true;
            break;
        case 4:
            bookmark(t, &f, &top->groups, &top->has_groups);
            break;
        case 6:
            top->created_by = thrift_binary(t, &f);
            break;
        case 7:
            bookmark(t, &f, &top->orders, &top->has_orders);
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
    if (!top->has_schema || !top->has_groups || !top->has_rows || top->rows < 0) {
        thrift_fail(t, ERR_CORRUPT, "Parquet footer lacks its schema, row groups or row count");
    }
}

static const struct thrift_field list_field = {.type = THRIFT_LIST};

/* Which columns have the type-defined order: member 1 of the ColumnOrder union. */
static void read_orders(struct top_level *top, struct parquet_footer *f)
{
    if (!top->has_orders) {
        return;
    }
    struct thrift *t = &top->orders;
    size_t n = thrift_list(t, &list_field, THRIFT_STRUCT, 1);
    for (size_t i = 0; i < n && t->code == OK; i++) {
        struct thrift_field field = {0};
        while (thrift_next(t, &field)) {
            if (i < f->n_columns && field.id == 1) {
                f->columns[i].type_ordered = true;
            }
            thrift_skip(t, field.type);
        }
    }
}

/* The number at the start of `s`, and what stands behind it and a dot. */
static uint64_t take_number(struct str *s)
{
    uint64_t n = 0;
    size_t digits = 0;
    while (digits < s->len && s->data[digits] >= '0' && s->data[digits] <= '9') {
        digits++;
    }
    if (!str_to_u64(str_n(s->data, digits), &n)) {
        n = UINT64_MAX; /* no version that we know */
    }
    *s = str_from(*s, digits + (digits < s->len && s->data[digits] == '.'));
    return n;
}

/* "parquet-mr version 1.2.8 ..." and older, of which the oldest gave no version; see
 * row_group_context. */
static bool has_short_lengths(const char *created_by)
{
    static const char lead[] = "parquet-mr version ";
    struct str s = str_c(created_by);
    if (!str_starts(s, lead)) {
        return str_eq(s, str_c("parquet-mr"));
    }
    s = str_from(s, sizeof lead - 1);
    uint64_t major = take_number(&s), minor = take_number(&s), patch = take_number(&s);
    return major < 1 || (major == 1 && (minor < 2 || (minor == 2 && patch < 9)));
}

static void read_groups(struct thrift *t, const struct row_group_context *x,
                        struct parquet_footer *f)
{
    size_t n = thrift_list(t, &list_field, THRIFT_STRUCT, ROW_GROUP_MIN);
    f->row_groups = arena_array(x->arena, n, sizeof *f->row_groups);
    uint64_t rows = 0;
    for (; n && t->code == OK; n--) {
        struct parquet_row_group *g = &f->row_groups[f->n_row_groups++];
        row_group_parse(t, x, g);
        g->first_row = rows;
        rows += g->rows;
        if (rows > INT64_MAX) {
            thrift_fail(t, ERR_CORRUPT, "row groups have more rows than 63 bits count");
        }
    }
    if (f->rows != 0 && rows != f->rows) { /* a few writers leave the total 0 */
        thrift_fail(t, ERR_CORRUPT, "the row groups have %llu rows, the footer says %llu",
                    (unsigned long long)rows, (unsigned long long)f->rows);
    }
    f->rows = rows;
}

/* The trailer must be the one that footer_locate saw. */
static enum error_code check_trailer(struct str bytes, uint64_t file_size, struct error *err)
{
    if (bytes.len <= PARQUET_TAIL_MIN || bytes.len > file_size ||
        memcmp(bytes.data + bytes.len - 4, "PAR1", 4) != 0 ||
        load32(bytes.data + bytes.len - PARQUET_TAIL_MIN) != bytes.len - PARQUET_TAIL_MIN) {
        return error_set_at(err, ERR_CORRUPT, file_size, "these bytes are not a Parquet footer");
    }
    return OK;
}

static enum error_code parse(struct thrift *t, uint64_t data_end, struct arena *a,
                             struct parquet_footer *f)
{
    struct top_level top = {0};
    read_top_level(t, &top);
    if (t->code != OK) {
        return t->code;
    }
    f->version = top.version;
    f->rows = (uint64_t)top.rows;
    f->created_by =
        top.created_by.data ? arena_strndup(a, top.created_by.data, top.created_by.len) : NULL;

    size_t n = thrift_list(&top.schema, &list_field, THRIFT_STRUCT, SCHEMA_ELEMENT_MIN);
    schema_parse(&top.schema, n, a, f);
    if (top.schema.code != OK) {
        return top.schema.code;
    }
    struct row_group_context x = {.footer = f, .data_end = data_end, .arena = a};
    x.short_lengths = has_short_lengths(f->created_by);
    read_orders(&top, f);
    if (top.orders.code != OK) {
        return top.orders.code;
    }
    read_groups(&top.groups, &x, f);
    return top.groups.code;
}

enum error_code footer_parse(struct str bytes, uint64_t file_size, struct arena *a,
                             struct parquet_footer **out, struct error *err)
{
    *out = NULL;
    enum error_code rc = check_trailer(bytes, file_size, err);
    if (rc != OK) {
        return rc;
    }
    uint64_t data_end = file_size - bytes.len;
    struct parquet_footer *f = arena_zalloc(a, sizeof *f);
    f->bytes = bytes.len;
    struct thrift t;
    thrift_init(&t, str_n(bytes.data, bytes.len - PARQUET_TAIL_MIN), data_end, err);
    rc = parse(&t, data_end, a, f);
    if (rc != OK) {
        error_add(err, "while reading the Parquet footer");
        return rc;
    }
    *out = f;
    return OK;
}

const struct parquet_column *footer_find(const struct parquet_footer *f, const char *path)
{
    for (size_t i = 0; i < f->n_columns; i++) {
        if (strcmp(f->columns[i].path, path) == 0) {
            return &f->columns[i];
        }
    }
    return NULL;
}
