#include "api/result.h"

#include <assert.h>
#include <stdatomic.h>

struct tsi_result {
    struct table table;
    struct tsi_result *part;
    atomic_uint owners;
};

_Static_assert((int)CELL_NULL == (int)TSI_NULL && (int)CELL_BOOL == (int)TSI_BOOL &&
                   (int)CELL_INT == (int)TSI_INT && (int)CELL_DOUBLE == (int)TSI_DOUBLE &&
                   (int)CELL_TEXT == (int)TSI_TEXT && (int)CELL_TIME == (int)TSI_TIME &&
                   (int)CELL_JSON == (int)TSI_JSON,
               "the public types are those of the model");

struct tsi_result *result_take(struct table *table)
{
    struct tsi_result *r = mem_zalloc(sizeof *r);
    r->table = *table;
    atomic_init(&r->owners, 1);
    *table = (struct table){0};
    return r;
}

void result_attach(struct tsi_result *r, struct tsi_result *part)
{
    r->part = part;
}

struct tsi_result *result_share(struct tsi_result *r)
{
    atomic_fetch_add_explicit(&r->owners, 1, memory_order_relaxed);
    return r;
}

void tsi_result_free(struct tsi_result *r)
{
    if (r && atomic_fetch_sub_explicit(&r->owners, 1, memory_order_acq_rel) == 1) {
        tsi_result_free(r->part);
        table_free(&r->table);
        mem_free(r);
    }
}

size_t tsi_result_columns(const struct tsi_result *r)
{
    return r->table.n_columns;
}

const char *tsi_result_name(const struct tsi_result *r, size_t column)
{
    assert(column < r->table.n_columns);
    return r->table.names[column];
}

size_t tsi_result_rows(const struct tsi_result *r)
{
    return r->table.n_rows;
}

uint64_t tsi_result_total(const struct tsi_result *r)
{
    return r->table.total;
}

uint64_t tsi_result_matched(const struct tsi_result *r)
{
    return r->table.matched;
}

struct tsi_value tsi_result_value(const struct tsi_result *r, size_t row, size_t column)
{
    assert(row < r->table.n_rows && column < r->table.n_columns);
    const struct cell *c = table_cell(&r->table, row, column);
    struct tsi_value v = {.type = (enum tsi_type)c->type};
    switch (c->type) {
    case CELL_NULL:
        break;
    case CELL_BOOL:
        v.boolean = c->as.b;
        break;
    case CELL_INT:
        v.integer = c->as.i;
        break;
    case CELL_DOUBLE:
        v.real = c->as.d;
        break;
    case CELL_TEXT:
    case CELL_TIME:
    case CELL_JSON:
        v.text = c->as.s.data;
        v.length = c->as.s.len;
        break;
    }
    return v;
}
