#include "parquet/page.h"

#include <libdeflate.h>

#include "format/thrift.h"

/* What the header says of sizes, before they are checked. */
struct header {
    int32_t uncompressed, compressed, num_values, rep_len, def_len;
    bool has_sizes, has_body; /* the struct that belongs to the page's type was there */
};

static void read_data(struct thrift *t, struct page *p, struct header *h)
{
    h->has_body = true;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        if (f.id == 1) {
            h->num_values = thrift_i32(t, &f);
        } else if (f.id == 2) {
            p->encoding = thrift_i32(t, &f);
        } else if (f.id == 3 && p->type == PAGE_DATA) {
            p->level_encoding = thrift_i32(t, &f);
        } else if (f.id == 4 && p->type == PAGE_DATA) {
            p->rep_encoding = thrift_i32(t, &f);
        } else {
            thrift_skip(t, f.type);
        }
    }
}

static void read_data_v2(struct thrift *t, struct page *p, struct header *h)
{
    h->has_body = true;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            h->num_values = thrift_i32(t, &f);
            break;
        case 4:
            p->encoding = thrift_i32(t, &f);
            break;
        case 5:
            h->def_len = thrift_i32(t, &f);
            break;
        case 6:
            h->rep_len = thrift_i32(t, &f);
            break;
        case 7:
            p->plain_stored = !thrift_bool(t, &f);
            break;
        default: /* counts of nulls and rows among them: the levels are the truth */
            thrift_skip(t, f.type);
        }
    }
}

static void read_body(struct thrift *t, const struct thrift_field *f, struct page *p,
                      struct header *h)
{
    if (!thrift_struct(t, f)) {
        return;
    }
    if ((f->id == 5 && p->type == PAGE_DATA) || (f->id == 7 && p->type == PAGE_DICTIONARY)) {
        read_data(t, p, h); /* a dictionary's header has the same first two fields */
    } else if (f->id == 8 && p->type == PAGE_DATA_V2) {
        read_data_v2(t, p, h);
    } else {
        thrift_skip(t, f->type);
    }
}

static void read_header(struct thrift *t, struct page *p, struct header *h)
{
    uint32_t seen = 0;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        seen |= f.id > 0 && f.id < 32 ? 1u << f.id : 0;
        switch (f.id) {
        case 1:
            p->type = thrift_i32(t, &f);
            break;
        case 2:
            h->uncompressed = thrift_i32(t, &f);
            break;
        case 3:
            h->compressed = thrift_i32(t, &f);
            break;
        case 4:
            p->crc = (uint32_t)thrift_i32(t, &f);
            p->has_crc = true;
            break;
        case 5:
        case 7:
        case 8:
            read_body(t, &f, p, h);
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
    h->has_sizes = (seen & 0xE) == 0xE; /* fields 1, 2 and 3 */
}

static bool needs_body(const struct page *p)
{
    return p->type == PAGE_DATA || p->type == PAGE_DICTIONARY || p->type == PAGE_DATA_V2;
}

static enum error_code check_header(const struct page_cursor *c, const struct header *h,
                                    size_t left, struct page *p, struct error *err)
{
    if (!h->has_sizes || (needs_body(p) && !h->has_body)) {
        return error_set_at(err, ERR_CORRUPT, p->offset, "page header lacks a required field");
    }
    if (h->uncompressed < 0 || h->compressed < 0 || h->num_values < 0 || h->rep_len < 0 ||
        h->def_len < 0) {
        return error_set_at(err, ERR_CORRUPT, p->offset, "page header has a negative size");
    }
    if ((size_t)h->compressed > left) {
        return error_set_at(err, ERR_CORRUPT, p->offset,
                            "page of %d bytes does not fit the %zu left of its chunk",
                            h->compressed, left);
    }
    if ((uint64_t)h->uncompressed > c->page_max) {
        return error_set_at(err, ERR_LIMIT, p->offset,
                            "page of %d bytes uncompressed, the limit is %llu", h->uncompressed,
                            (unsigned long long)c->page_max);
    }
    int64_t levels = (int64_t)h->rep_len + h->def_len;
    if (levels > h->uncompressed || levels > h->compressed) {
        return error_set_at(err, ERR_CORRUPT, p->offset, "page has more levels than bytes");
    }
    p->uncompressed = (uint32_t)h->uncompressed;
    p->num_values = (uint32_t)h->num_values;
    p->rep_len = (uint32_t)h->rep_len;
    p->def_len = (uint32_t)h->def_len;
    return OK;
}

static enum error_code check_crc(const struct page *p, struct error *err)
{
    if (p->has_crc && libdeflate_crc32(0, p->stored.data, p->stored.len) != p->crc) {
        return error_set_at(err, ERR_CHECKSUM, p->stored_offset,
                            "page of %zu bytes does not match its checksum", p->stored.len);
    }
    return OK;
}

enum error_code page_next(struct page_cursor *c, struct page *out, bool *more, struct error *err)
{
    while (c->piece < c->n_pieces && c->at == c->pieces[c->piece].bytes.len) {
        c->piece++;
        c->at = 0;
    }
    *more = c->piece < c->n_pieces;
    if (!*more) {
        return OK;
    }
    const struct chunk_piece *piece = &c->pieces[c->piece];
    struct str rest = str_from(piece->bytes, c->at);
    *out = (struct page){.offset = piece->offset + c->at,
                         .encoding = -1,
                         .level_encoding = ENCODING_RLE,
                         .rep_encoding = ENCODING_RLE};
    struct thrift t;
    struct header h = {0};
    thrift_init(&t, rest, out->offset, err);
    read_header(&t, out, &h);
    if (t.code != OK) {
        error_add(err, "while reading the page header at byte %llu",
                  (unsigned long long)out->offset);
        return t.code;
    }
    size_t header_len = (size_t)(t.at - t.start);
    enum error_code rc = check_header(c, &h, rest.len - header_len, out, err);
    if (rc != OK) {
        return rc;
    }
    out->stored = str_n(rest.data + header_len, (size_t)h.compressed);
    out->stored_offset = out->offset + header_len;
    c->at += header_len + (size_t)h.compressed;
    return check_crc(out, err);
}
