#include "parquet/schema.h"

#include <string.h>

#define REPETITION_OPTIONAL 1
#define REPETITION_REPEATED 2

/* A group that is still missing children. Level 0 is the root, whose name is not part of any path.
 */
struct group {
    uint32_t children; /* still to come */
    size_t path_len;
    uint16_t max_def, max_rep;
    uint16_t list_def; /* see parquet_column */
};

struct walk {
    struct group open[SCHEMA_NESTING_MAX + 1];
    size_t depth;         /* groups on the stack */
    struct strbuf path;   /* of the innermost open group */
    const char *top_name; /* of the top-level field we are in */
    size_t paths_total;
};

static enum parquet_physical read_physical(struct thrift *t, const struct thrift_field *f)
{
    int32_t v = thrift_i32(t, f);
    if (v < PARQUET_BOOLEAN || v > PARQUET_FIXED) {
        thrift_fail(t, ERR_CORRUPT, "physical type %d does not exist", v);
    }
    return (enum parquet_physical)v;
}

static void read_field(struct thrift *t, const struct thrift_field *f, struct schema_element *e)
{
    switch (f->id) {
    case 1:
        e->physical = read_physical(t, f);
        e->has_type = true;
        break;
    case 2:
        e->type_length = thrift_i32(t, f);
        break;
    case 3:
        e->repetition = thrift_i32(t, f);
        break;
    case 4:
        e->name = thrift_binary(t, f);
        break;
    case 5:
        e->children = thrift_i32(t, f);
        break;
    case 6:
        e->converted = thrift_i32(t, f);
        break;
    case 7:
        e->meaning.scale = thrift_i32(t, f);
        break;
    case 8:
        e->meaning.precision = thrift_i32(t, f);
        break;
    case 10:
        if (thrift_struct(t, f)) {
            logical_parse(t, e);
        }
        break;
    default:
        thrift_skip(t, f->type);
    }
}

static void read_element(struct thrift *t, struct schema_element *e)
{
    *e = (struct schema_element){.converted = -1};
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        read_field(t, &f, e);
    }
    if (e->children < 0) {
        thrift_fail(t, ERR_CORRUPT, "schema element has %d children", e->children);
    } else if (e->repetition < 0 || e->repetition > REPETITION_REPEATED) {
        thrift_fail(t, ERR_CORRUPT, "schema element has repetition type %d", e->repetition);
    } else if (e->has_type && e->physical == PARQUET_FIXED && e->type_length < 0) {
        thrift_fail(t, ERR_CORRUPT, "fixed-length column has length %d", e->type_length);
    }
    logical_settle(e);
}

/* A group without children is legal, if odd; what has a type and no children is a leaf. */
static bool is_leaf(const struct schema_element *e)
{
    return e->has_type && e->children == 0;
}

static size_t count_leaves(struct thrift t, size_t n)
{
    size_t leaves = 0;
    t.err = NULL; /* the real pass reports */
    for (; n && t.code == OK; n--) {
        struct schema_element e;
        read_element(&t, &e);
        leaves += is_leaf(&e);
    }
    return leaves;
}

static uint16_t def_of(const struct group *parent, const struct schema_element *e)
{
    return (uint16_t)(parent->max_def + (e->repetition != 0));
}

static uint16_t rep_of(const struct group *parent, const struct schema_element *e)
{
    return (uint16_t)(parent->max_rep + (e->repetition == REPETITION_REPEATED));
}

/* The outermost repeated element decides. */
static uint16_t list_def_of(const struct group *parent, const struct schema_element *e)
{
    return parent->max_rep == 0 && e->repetition == REPETITION_REPEATED ? def_of(parent, e)
                                                                        : parent->list_def;
}

static void open_group(struct thrift *t, struct walk *w, const struct schema_element *e)
{
    if (w->depth > SCHEMA_NESTING_MAX) {
        thrift_fail(t, ERR_LIMIT, "schema nests deeper than %d groups", SCHEMA_NESTING_MAX);
        return;
    }
    const struct group *parent = &w->open[w->depth - 1];
    w->open[w->depth++] = (struct group){.children = (uint32_t)e->children,
                                         .path_len = w->path.len,
                                         .max_def = def_of(parent, e),
                                         .max_rep = rep_of(parent, e),
                                         .list_def = list_def_of(parent, e)};
}

static void add_leaf(struct thrift *t, struct walk *w, const struct schema_element *e,
                     struct arena *a, struct parquet_footer *f)
{
    w->paths_total += w->path.len + 1;
    if (w->path.overflow || w->paths_total > SCHEMA_PATHS_MAX) {
        thrift_fail(t, ERR_LIMIT, "column paths are longer than %zu bytes in all",
                    SCHEMA_PATHS_MAX);
        return;
    }
    const struct group *parent = &w->open[w->depth - 1];
    struct parquet_column *c = &f->columns[f->n_columns++];
    *c = e->meaning;
    c->path = arena_strndup(a, w->path.data, w->path.len);
    c->name = w->top_name;
    c->top_level = w->depth == 1;
    c->physical = e->physical;
    c->type_length = e->physical == PARQUET_FIXED ? (uint32_t)e->type_length : 0;
    c->max_def = def_of(parent, e);
    c->max_rep = rep_of(parent, e);
    c->list_def = list_def_of(parent, e);
}

static void close_full_groups(struct walk *w)
{
    while (w->depth && w->open[w->depth - 1].children == 0) {
        w->depth--;
    }
}

static void add_element(struct thrift *t, struct walk *w, const struct schema_element *e,
                        struct arena *a, struct parquet_footer *f)
{
    if (w->depth == 0) {
        thrift_fail(t, ERR_CORRUPT, "schema has elements that belong to no group");
        return;
    }
    struct group *parent = &w->open[w->depth - 1];
    parent->children--;
    w->path.len = parent->path_len;
    if (w->depth > 1) {
        strbuf_add_char(&w->path, '.');
    } else {
        w->top_name = arena_strndup(a, e->name.data, e->name.len);
    }
    strbuf_add(&w->path, e->name.data, e->name.len);
    if (is_leaf(e)) {
        add_leaf(t, w, e, a, f);
    } else {
        open_group(t, w, e);
    }
    close_full_groups(w);
}

void schema_parse(struct thrift *t, size_t n, struct arena *a, struct parquet_footer *f)
{
    size_t leaves = count_leaves(*t, n);
    if (leaves > SCHEMA_COLUMNS_MAX) {
        thrift_fail(t, ERR_LIMIT, "schema has %zu columns, the limit is %zu", leaves,
                    SCHEMA_COLUMNS_MAX);
        return;
    }
    f->columns = arena_array(a, leaves, sizeof *f->columns);
    struct schema_element e;
    if (n == 0) {
        thrift_fail(t, ERR_CORRUPT, "schema has no root");
        return;
    }
    read_element(t, &e);
    struct walk w = {.open[0].children = (uint32_t)e.children, .depth = 1};
    strbuf_init(&w.path, SCHEMA_PATHS_MAX);
    close_full_groups(&w);
    for (n--; n && t->code == OK; n--) {
        read_element(t, &e);
        if (t->code == OK) {
            add_element(t, &w, &e, a, f);
        }
    }
    if (w.depth) {
        thrift_fail(t, ERR_CORRUPT, "schema ends in the middle of a group");
    }
    strbuf_free(&w.path);
}
