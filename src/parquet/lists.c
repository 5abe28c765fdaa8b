/* lists.c - how many elements each row of a repeated column has, from levels alone.
 *
 * A row begins where the repetition level is 0, and an element of its outermost list where it is 0
 * or 1. So a repeat of level 1, which is what a long list is, adds its length at once; the
 * definition level is looked at where a row begins, to tell an empty list and a null from a first
 * element. A row may go on in the next page (version 1 pages are cut anywhere), so it is handed out
 * when the next one begins or the chunk ends.
 */
#include "parquet/reader.h"

/* The row that was open is whole. There is room for it. */
static void close_row(struct nest *n, size_t *rows)
{
    if (n->row_open) {
        n->elements[*rows] = n->row_elements;
        n->valid[(*rows)++] = n->row_valid;
        n->row_open = false;
    }
}

static const char *open_row(struct chunk_reader *r)
{
    struct nest *n = r->nest;
    uint16_t def = 0;
    const char *fault = level_numbers_read(&n->def, &def, 1);
    n->row_open = true;
    n->row_elements = def >= r->column->list_def;
    n->row_valid = def + 1 >= r->column->list_def;
    return fault;
}

/* `k` repetition levels of the same number, which is not 0. */
static const char *take_repeat(struct chunk_reader *r, uint32_t level, uint64_t k)
{
    if (r->nest->row_elements == 0) {
        return "a list that is null or empty has a further element";
    }
    if (level == 1) {
        r->nest->row_elements += k;
    }
    return level_numbers_skip(&r->nest->def, k);
}

/* Levels up to the end of the piece, or until the batch of rows is full; *took of them. */
static const char *take_piece(struct chunk_reader *r, const struct codes_piece *piece, size_t *rows,
                              uint64_t *took)
{
    struct nest *n = r->nest;
    *took = 0;
    const char *fault = NULL;
    if (!piece->array && piece->code > 0) {
        *took = piece->n;
        return take_repeat(r, piece->code, piece->n);
    }
    while (!fault && *took < piece->n) {
        uint32_t level = piece->array ? piece->array[*took] : 0;
        if (level > 0) {
            fault = take_repeat(r, level, 1);
        } else if (*rows == SOURCE_BATCH) {
            break; /* closing the open row needs room */
        } else {
            close_row(n, rows);
            fault = open_row(r);
        }
        ++*took;
    }
    return fault;
}

static const char *take_page(struct chunk_reader *r, size_t *rows)
{
    while (r->page_rows && *rows < SOURCE_BATCH) {
        struct codes_piece piece;
        uint64_t took = 0;
        const char *fault = level_numbers_peek(&r->nest->rep, &piece);
        if (!fault) {
            fault = take_piece(r, &piece, rows, &took);
        }
        if (fault) {
            return fault;
        }
        level_numbers_advance(&r->nest->rep, took);
        r->page_rows -= took;
    }
    return NULL;
}

static enum error_code check_repeated(const struct chunk_reader *r, struct error *err)
{
    if (r->column->max_rep > 0) {
        return OK;
    }
    return error_set_at(err, ERR_UNSUPPORTED, r->chunk->offset, "column '%s' holds no lists",
                        r->column->path);
}

enum error_code chunk_next_lists(struct chunk_reader *r, struct chunk_lists *out, struct error *err)
{
    *out = (struct chunk_lists){0};
    enum error_code rc = check_repeated(r, err);
    rc = rc ? rc : reader_enter(r, READER_LISTS, err);
    if (rc != OK) {
        return rc;
    }
    struct nest *n = r->nest;
    size_t rows = 0;
    bool more = true;
    while (more && rows < SOURCE_BATCH) {
        rc = r->page_rows ? OK : reader_next_page(r, &more, err);
        if (rc != OK) {
            return rc;
        }
        const char *fault = more ? take_page(r, &rows) : NULL;
        if (fault) {
            return reader_fault(r, fault, err);
        }
    }
    if (!more) {
        close_row(n, &rows);
    }
    *out = (struct chunk_lists){.elements = n->elements, .valid = n->valid, .n = rows};
    return OK;
}
