/* page_levels.c - where the levels of a data page are, and what they say of its size.
 *
 * Version 1 pages compress levels together with the values, in front of them: a reader of levels
 * alone unpacks no more than these, where the codec can stop. Version 2 pages store them
 * uncompressed.
 */
#include "parquet/bits.h"
#include "parquet/reader.h"

struct parts {
    struct level_part rep, def;
    struct str values;
};

/* Cut the levels of one kind off the front of a v1 page's bytes. */
static const char *cut_levels(struct str *bytes, uint32_t max, int32_t encoding, uint64_t n,
                              struct level_part *out)
{
    *out = (struct level_part){.bytes = str_n("", 0)};
    if (max == 0) {
        return NULL;
    }
    if (encoding == ENCODING_BIT_PACKED) {
        unsigned width = hybrid_width(max);
        if (n > (uint64_t)bytes->len * 8 / width) {
            return "the page has fewer levels than values";
        }
        *out = (struct level_part){str_n(bytes->data, (size_t)(n * width + 7) / 8), true};
        *bytes = str_from(*bytes, out->bytes.len);
        return NULL;
    }
    if (encoding != ENCODING_RLE) {
        return "levels have an unknown encoding";
    }
    if (bytes->len < 4 || load32(bytes->data) > bytes->len - 4) {
        return "levels are longer than their page";
    }
    out->bytes = str_n(bytes->data + 4, load32(bytes->data));
    *bytes = str_from(*bytes, 4 + out->bytes.len);
    return NULL;
}

/* The levels of a page of one mebibyte are a few kilobytes of long lists. */
#define LEVELS_FIRST ((size_t)4096)

/* How many bytes of a v1 page are levels, as far as its first bytes say: more of them may say more.
 * All of it where that is not told by a length. */
static size_t levels_end(const struct chunk_reader *r, struct str front)
{
    const struct page *p = &r->page;
    size_t at = 0, n = p->uncompressed;
    const uint32_t most[] = {r->column->max_rep, r->column->max_def};
    const int32_t encodings[] = {p->rep_encoding, p->level_encoding};
    for (size_t i = 0; i < 2 && at < n; i++) {
        if (most[i] == 0) {
            continue;
        }
        if (encodings[i] != ENCODING_RLE) {
            return n;
        }
        if (front.len < 4 || at > front.len - 4) {
            return at + 4 < n ? at + 4 : n;
        }
        at += 4 + (size_t)load32(front.data + at);
    }
    return at < n ? at : n;
}

/* Of a page whose values nobody asks for no more is unpacked than its levels. */
static enum error_code unpack_levels(struct chunk_reader *r, struct str *out, struct error *err)
{
    size_t front = LEVELS_FIRST;
    enum error_code rc;
    while (!(rc = reader_unpack_front(r, front, out, err))) {
        size_t end = levels_end(r, *out);
        if (end <= out->len) {
            break;
        }
        front = end;
    }
    return rc;
}

static enum error_code find_parts_v1(struct chunk_reader *r, struct parts *out, struct error *err)
{
    const struct page *p = &r->page;
    struct str body = {0};
    enum error_code rc =
        r->mode == READER_LISTS ? unpack_levels(r, &body, err) : reader_unpack(r, 0, &body, err);
    if (rc != OK) {
        return rc;
    }
    const char *fault =
        cut_levels(&body, r->column->max_rep, p->rep_encoding, p->num_values, &out->rep);
    if (!fault) {
        fault = cut_levels(&body, r->column->max_def, p->level_encoding, p->num_values, &out->def);
    }
    out->values = body;
    return fault ? reader_fault(r, fault, err) : OK;
}

static enum error_code find_parts(struct chunk_reader *r, struct parts *out, struct error *err)
{
    const struct page *p = &r->page;
    if (p->type != PAGE_DATA_V2) {
        return find_parts_v1(r, out, err);
    }
    *out = (struct parts){.rep.bytes = str_n(p->stored.data, p->rep_len),
                          .def.bytes = str_n(p->stored.data + p->rep_len, p->def_len)};
    return r->mode == READER_LISTS ? OK
                                   : reader_unpack(r, p->rep_len + p->def_len, &out->values, err);
}

/* Count the rows that begin in the page. */
static const char *count_rows(struct chunk_reader *r, struct level_part rep)
{
    uint64_t starts = 0;
    bool at_start = false;
    level_numbers_open(&r->nest->rep, rep, r->column->max_rep, r->page.num_values);
    const char *fault = level_numbers_zeros(&r->nest->rep, &starts, &at_start);
    if (fault) {
        return fault;
    }
    if (r->rows_seen == 0 && !at_start) {
        return "the first page begins in the middle of a row";
    }
    if (starts > r->group_rows - r->starts_seen) {
        return "the pages have more rows than the row group";
    }
    r->starts_seen += starts;
    return NULL;
}

static const char *open_parts(struct chunk_reader *r, const struct parts *parts)
{
    const struct parquet_column *c = r->column;
    uint64_t n = r->page.num_values;
    size_t used;
    const char *fault =
        parts->def.packed
            ? levels_open_bit_packed(&r->levels, parts->def.bytes, c->max_def, n, &r->page_values,
                                     &used)
            : levels_open(&r->levels, parts->def.bytes, c->max_def, n, &r->page_values);
    if (!fault && c->max_rep) {
        fault = count_rows(r, parts->rep);
    }
    if (!fault && r->nest) {
        level_numbers_open(&r->nest->rep, parts->rep, c->max_rep, n);
        level_numbers_open(&r->nest->def, parts->def, c->max_def, n);
    }
    return fault;
}

enum error_code reader_open_levels(struct chunk_reader *r, struct str *values, struct error *err)
{
    struct parts parts = {0};
    enum error_code rc = find_parts(r, &parts, err);
    if (rc != OK) {
        return rc;
    }
    const char *fault = open_parts(r, &parts);
    *values = parts.values;
    return fault ? reader_fault(r, fault, err) : OK;
}
