#include "parquet/reader.h"

#include "base/memory.h"

/* Pages may overlap in no way, and lie in the chunk. */
static enum error_code check_pieces(const struct parquet_chunk *chunk,
                                    const struct chunk_piece *pieces, size_t n, struct error *err)
{
    uint64_t at = chunk->offset, end = chunk->offset + chunk->length;
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].offset < at || pieces[i].offset > end ||
            pieces[i].bytes.len > end - pieces[i].offset) {
            return error_set_at(err, ERR_INTERNAL, pieces[i].offset,
                                "these bytes are not in order inside the column chunk");
        }
        at = pieces[i].offset + pieces[i].bytes.len;
    }
    return OK;
}

bool chunk_is_readable(const struct parquet_chunk *chunk)
{
    return !chunk->encrypted && codec_supported(chunk->codec);
}

static enum error_code check_chunk(const struct parquet_footer *f, size_t row_group, size_t column,
                                   struct error *err)
{
    if (row_group >= f->n_row_groups || column >= f->n_columns) {
        return error_set(err, ERR_INTERNAL, "no column chunk %zu in row group %zu", column,
                         row_group);
    }
    const struct parquet_chunk *chunk = &f->row_groups[row_group].chunks[column];
    const char *path = f->columns[column].path;
    if (chunk->encrypted) {
        return error_set_at(err, ERR_ENCRYPTED, chunk->offset, "column '%s' is encrypted", path);
    }
    if (!codec_supported(chunk->codec)) {
        return error_set_at(err, ERR_UNSUPPORTED, chunk->offset,
                            "column '%s' is compressed with %s (codec %d)", path,
                            codec_name(chunk->codec), (int)chunk->codec);
    }
    if (f->columns[column].max_rep == 0 && chunk->num_values != f->row_groups[row_group].rows) {
        return error_set_at(err, ERR_CORRUPT, chunk->offset,
                            "column '%s' has %llu values in a row group of %llu rows", path,
                            (unsigned long long)chunk->num_values,
                            (unsigned long long)f->row_groups[row_group].rows);
    }
    return OK;
}

/* false and true are codes 0 and 1 of every boolean column. */
static void add_booleans(struct chunk_reader *r)
{
    bool room = interner_append(&r->values, "\0", 1) && interner_append(&r->values, "\1", 1);
    r->n_dictionary = room ? 2 : 0;
}

static void set_up(struct chunk_reader *r, const struct chunk_piece *pieces, size_t n_pieces,
                   uint64_t page_max)
{
    const struct parquet_chunk *chunk = r->chunk;
    r->pieces = mem_alloc(n_pieces * sizeof *pieces);
    for (size_t i = 0; i < n_pieces; i++) {
        r->pieces[i] = pieces[i];
    }
    r->cursor =
        (struct page_cursor){.pieces = r->pieces, .n_pieces = n_pieces, .page_max = page_max};
    r->complete =
        n_pieces == 1 && pieces[0].offset == chunk->offset && pieces[0].bytes.len == chunk->length;
    bool fixed = r->column->physical != PARQUET_BYTE_ARRAY;
    /* Distinct values are bounded like a page: a chunk that has more is not worth its codes. */
    interner_init(&r->values, fixed, parquet_width(r->column), page_max);
    if (r->column->physical == PARQUET_BOOLEAN) {
        add_booleans(r);
    }
}

enum error_code chunk_open(const struct parquet_footer *f, size_t row_group, size_t column,
                           const struct chunk_piece *pieces, size_t n_pieces, uint64_t page_max,
                           struct counters *counters, struct chunk_reader **out, struct error *err)
{
    *out = NULL;
    enum error_code rc = check_chunk(f, row_group, column, err);
    if (rc != OK) {
        return rc;
    }
    const struct parquet_chunk *chunk = &f->row_groups[row_group].chunks[column];
    rc = check_pieces(chunk, pieces, n_pieces, err);
    if (rc != OK) {
        return rc;
    }
    struct chunk_reader *r = mem_zalloc(sizeof *r);
    r->column = &f->columns[column];
    r->chunk = chunk;
    r->group_rows = f->row_groups[row_group].rows;
    r->rows = r->column->max_rep ? chunk->num_values : r->group_rows;
    r->counters = counters;
    r->source.expand_max = page_max;
    set_up(r, pieces, n_pieces, page_max);
    *out = r;
    return OK;
}

void chunk_close(struct chunk_reader *r)
{
    if (!r) {
        return;
    }
    codec_free(&r->codec);
    interner_free(&r->values);
    levels_free(&r->levels);
    nest_free(r->nest);
    source_free(&r->source);
    mem_free(r->pieces);
    mem_free(r->body);
    mem_free(r->dictionary_ints);
    floats_free(r);
    mem_free(r);
}

enum error_code reader_fault(const struct chunk_reader *r, const char *what, struct error *err)
{
    return error_set_at(err, ERR_CORRUPT, r->page.offset, "%s; in a page of column '%s'", what,
                        r->column->path);
}

enum error_code reader_enter(struct chunk_reader *r, enum reader_mode mode, struct error *err)
{
    if (r->mode != READER_FRESH && r->mode != mode) {
        return error_set(err, ERR_INTERNAL, "a chunk is read in one way, not in two");
    }
    r->mode = mode;
    if (!r->nest && (r->column->max_rep > 0 || mode == READER_ENTRIES)) {
        r->nest = mem_zalloc(sizeof *r->nest);
    }
    return OK;
}

static void count_unpacked(const struct chunk_reader *r, size_t n)
{
    if (r->counters) {
        counter_add(&r->counters->bytes_decompressed, n);
    }
}

/* `stored` to its first `front` bytes of `n`, or more. */
static enum error_code unpack(struct chunk_reader *r, struct str stored, size_t n, size_t front,
                              struct str *out, struct error *err)
{
    if (r->chunk->codec == PARQUET_UNCOMPRESSED || r->page.plain_stored) {
        if (stored.len != n) {
            return reader_fault(r, "the two lengths of an uncompressed page differ", err);
        }
        *out = stored;
        count_unpacked(r, n);
        return OK;
    }
    if (n > r->body_cap || !r->body) {
        mem_free(r->body);
        r->body = mem_alloc(n);
        r->body_cap = n;
    }
    size_t got = n;
    bool good = front < n ? codec_decompress_front(&r->codec, r->chunk->codec, stored, r->body, n,
                                                   front, &got)
                          : codec_decompress(&r->codec, r->chunk->codec, stored, r->body, n);
    if (!good) {
        return error_set_at(err, ERR_CORRUPT, r->page.stored_offset,
                            "%s data is damaged: %zu bytes do not give %zu; in a page of column "
                            "'%s'",
                            codec_name(r->chunk->codec), stored.len, n, r->column->path);
    }
    *out = str_n(r->body, got);
    count_unpacked(r, got);
    return OK;
}

enum error_code reader_unpack(struct chunk_reader *r, uint32_t skip, struct str *out,
                              struct error *err)
{
    size_t n = r->page.uncompressed - skip;
    return unpack(r, str_from(r->page.stored, skip), n, n, out, err);
}

enum error_code reader_unpack_front(struct chunk_reader *r, size_t front, struct str *out,
                                    struct error *err)
{
    return unpack(r, r->page.stored, r->page.uncompressed, front, out, err);
}

static enum error_code load_dictionary(struct chunk_reader *r, struct error *err)
{
    if (r->has_dictionary || r->saw_data) {
        return reader_fault(r, "a second dictionary, or one behind data pages", err);
    }
    if (r->page.encoding != ENCODING_PLAIN && r->page.encoding != ENCODING_PLAIN_DICTIONARY) {
        return reader_fault(r, "the dictionary is not PLAIN coded", err);
    }
    struct str bytes = {0};
    enum error_code rc = reader_unpack(r, 0, &bytes, err);
    if (rc != OK) {
        return rc;
    }
    const char *fault = dictionary_read(r, bytes, r->page.num_values);
    return fault ? reader_fault(r, fault, err) : OK;
}

static enum error_code open_values(struct chunk_reader *r, struct str values, struct error *err)
{
    if (!source_supports(r->column, r->page.encoding)) {
        return error_set_at(err, ERR_UNSUPPORTED, r->page.offset,
                            "values of column '%s' have encoding %d, which is not defined for "
                            "their type",
                            r->column->path, r->page.encoding);
    }
    bool coded = r->page.encoding == ENCODING_PLAIN_DICTIONARY ||
                 r->page.encoding == ENCODING_RLE_DICTIONARY;
    if (r->page_values == 0) {
        return OK; /* nothing is stored, not even the width of the codes */
    }
    if (coded && !r->has_dictionary) {
        return reader_fault(r, "dictionary codes without a dictionary", err);
    }
    r->source.n_codes = r->n_dictionary;
    const char *fault =
        source_open(&r->source, r->column, r->page.encoding, values, r->page_values);
    return fault ? reader_fault(r, fault, err) : OK;
}

static enum error_code open_data(struct chunk_reader *r, struct error *err)
{
    r->saw_data = true;
    if (r->page.num_values > r->rows - r->rows_seen) {
        return reader_fault(r, "the pages have more values than the column chunk", err);
    }
    if (r->page.num_values == 0) {
        return OK;
    }
    struct str values = {0};
    enum error_code rc = reader_open_levels(r, &values, err);
    if (rc == OK && r->mode != READER_LISTS) {
        rc = open_values(r, values, err);
    }
    if (rc != OK) {
        return rc;
    }
    r->rows_seen += r->page.num_values;
    r->page_rows = r->page.num_values;
    r->level_rows = 0;
    r->pending_at = r->pending_n = 0;
    if (r->counters) {
        counter_add(&r->counters->pages_decoded, 1);
    }
    return OK;
}

static enum error_code check_end(const struct chunk_reader *r, struct error *err)
{
    bool repeated = r->column->max_rep > 0;
    if (!r->complete ||
        (r->rows_seen == r->rows && (!repeated || r->starts_seen == r->group_rows))) {
        return OK;
    }
    uint64_t rows = repeated ? r->starts_seen : r->rows_seen;
    return error_set_at(err, ERR_CORRUPT, r->chunk->offset + r->chunk->length,
                        "column '%s' has %llu values and %llu rows in a row group of %llu rows",
                        r->column->path, (unsigned long long)r->rows_seen, (unsigned long long)rows,
                        (unsigned long long)r->group_rows);
}

enum error_code reader_next_page(struct chunk_reader *r, bool *more, struct error *err)
{
    /* Bytes behind the last row are not looked at: a chunk may be followed by padding. */
    *more = r->rows_seen < r->rows;
    enum error_code rc = *more ? OK : check_end(r, err);
    while (rc == OK && *more && r->page_rows == 0) {
        rc = page_next(&r->cursor, &r->page, more, err);
        if (rc != OK) {
            error_add(err, "in column '%s'", r->column->path);
        } else if (!*more) {
            rc = check_end(r, err);
        } else if (r->page.type == PAGE_DICTIONARY) {
            rc = r->mode == READER_LISTS ? OK : load_dictionary(r, err);
        } else if (r->page.type == PAGE_DATA || r->page.type == PAGE_DATA_V2) {
            rc = open_data(r, err);
        } /* index pages, and types that we do not know, hold no rows */
    }
    return rc;
}

enum error_code chunk_read_dictionary(struct chunk_reader *r, struct error *err)
{
    bool more = false;
    enum error_code rc = reader_enter(r, READER_RUNS, err);
    rc = rc ? rc : page_next(&r->cursor, &r->page, &more, err);
    if (rc != OK) {
        return error_add(err, "in column '%s'", r->column->path);
    }
    if (!more || r->page.type != PAGE_DICTIONARY) {
        return reader_fault(r, "there is no dictionary where the footer says", err);
    }
    return load_dictionary(r, err);
}
