#include "parquet/row_group.h"

#include "parquet/stats.h"

#define PAGE_DATA                 0
#define PAGE_DATA_V2              3
#define ENCODING_PLAIN_DICTIONARY 2
#define ENCODING_RLE_DICTIONARY   8

/* Room for the dictionary page header that PARQUET-816 forgot; other readers add as much. */
#define SHORT_LENGTH_PADDING 100

/* ColumnMetaData and the fields around it, as they stand in the file. */
struct chunk_raw {
    bool has_metadata, encrypted;
    struct str file_path;
    int32_t type, codec;
    int64_t num_values, uncompressed, compressed;
    int64_t data_offset, dictionary_offset; /* dictionary: 0 where there is none */
    int64_t column_index_offset, offset_index_offset, bloom_offset;
    int32_t column_index_length, offset_index_length, bloom_length;
    bool all_dictionary;
    struct stats_raw stats;
};

/* One PageEncodingStats; false where it proves a data page that is not dictionary coded. */
static bool read_page_encoding(struct thrift *t, bool *data_pages)
{
    int32_t page_type = -1, encoding = -1, count = 0;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        if (f.id == 1) {
            page_type = thrift_i32(t, &f);
        } else if (f.id == 2) {
            encoding = thrift_i32(t, &f);
        } else if (f.id == 3) {
            count = thrift_i32(t, &f);
        } else {
            thrift_skip(t, f.type);
        }
    }
    if ((page_type != PAGE_DATA && page_type != PAGE_DATA_V2) || count <= 0) {
        return true;
    }
    *data_pages = true;
    return encoding == ENCODING_PLAIN_DICTIONARY || encoding == ENCODING_RLE_DICTIONARY;
}

static bool read_encoding_stats(struct thrift *t, const struct thrift_field *f)
{
    bool all = true, data_pages = false;
    size_t n = thrift_list(t, f, THRIFT_STRUCT, 1);
    for (; n && t->code == OK; n--) {
        all &= read_page_encoding(t, &data_pages);
    }
    return all && data_pages;
}

static void read_metadata_field(struct thrift *t, const struct thrift_field *f,
                                struct chunk_raw *raw)
{
    switch (f->id) {
    case 1:
        raw->type = thrift_i32(t, f);
        break;
    case 4:
        raw->codec = thrift_i32(t, f);
        break;
    case 5:
        raw->num_values = thrift_i64(t, f);
        break;
    case 6:
        raw->uncompressed = thrift_i64(t, f);
        break;
    case 7:
        raw->compressed = thrift_i64(t, f);
        break;
    case 9:
        raw->data_offset = thrift_i64(t, f);
        break;
    case 11:
        raw->dictionary_offset = thrift_i64(t, f);
        break;
    case 12:
        if (thrift_struct(t, f)) {
            stats_read(t, &raw->stats);
        }
        break;
    case 13:
        raw->all_dictionary = read_encoding_stats(t, f);
        break;
    case 14:
        raw->bloom_offset = thrift_i64(t, f);
        break;
    case 15:
        if (f->type == THRIFT_I32) { /* drafts of the specification had other fields here */
            raw->bloom_length = thrift_i32(t, f);
        } else {
            thrift_skip(t, f->type);
        }
        break;
    default:
        thrift_skip(t, f->type);
    }
}

static void read_metadata(struct thrift *t, struct chunk_raw *raw)
{
    uint32_t seen = 0;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        seen |= f.id > 0 && f.id < 32 ? 1u << f.id : 0;
        read_metadata_field(t, &f, raw);
    }
    const uint32_t required = 1u << 1 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 9;
    if ((seen & required) != required) {
        thrift_fail(t, ERR_CORRUPT, "column metadata lacks a required field");
    }
    raw->has_metadata = true;
}

static void read_chunk_field(struct thrift *t, const struct thrift_field *f, struct chunk_raw *raw)
{
    switch (f->id) {
    case 1:
        raw->file_path = thrift_binary(t, f);
        break;
    case 3:
        if (thrift_struct(t, f)) {
            read_metadata(t, raw);
        }
        break;
    case 4:
        raw->offset_index_offset = thrift_i64(t, f);
        break;
    case 5:
        raw->offset_index_length = thrift_i32(t, f);
        break;
    case 6:
        raw->column_index_offset = thrift_i64(t, f);
        break;
    case 7:
        raw->column_index_length = thrift_i32(t, f);
        break;
    case 8:
        raw->encrypted = true;
        thrift_skip(t, f->type);
        break;
    default:
        thrift_skip(t, f->type);
    }
}

/* An index is a help, not the data: one that does not lie in the file is as good as none. */
static void settle_index(const struct row_group_context *x, int64_t offset, int32_t length,
                         uint64_t *out_offset, uint32_t *out_length)
{
    if (offset > 0 && length >= 0 && (uint64_t)offset < x->data_end &&
        (uint64_t)length <= x->data_end - (uint64_t)offset) {
        *out_offset = (uint64_t)offset;
        *out_length = (uint32_t)length;
    }
}

/* Where the chunk's pages are. Some writers leave the dictionary's offset 0, others point
 * data_page_offset at the dictionary: the chunk starts at the smaller of what is there. */
static void settle_extent(struct thrift *t, const struct row_group_context *x,
                          const struct chunk_raw *raw, struct parquet_chunk *out)
{
    if (raw->num_values < 0 || raw->uncompressed < 0 || raw->compressed < 0 ||
        raw->data_offset < 0) {
        thrift_fail(t, ERR_CORRUPT, "column chunk has a negative size or offset");
        return;
    }
    uint64_t start = (uint64_t)raw->data_offset;
    if (raw->dictionary_offset > 0 && raw->dictionary_offset < raw->data_offset) {
        start = (uint64_t)raw->dictionary_offset;
    }
    out->num_values = (uint64_t)raw->num_values;
    out->uncompressed = (uint64_t)raw->uncompressed;
    out->length = (uint64_t)raw->compressed;
    if (out->length == 0) {
        return; /* an empty row group's offsets mean nothing */
    }
    if (start > x->data_end || out->length > x->data_end - start) {
        thrift_fail(t, ERR_CORRUPT, "column chunk at %llu with %llu bytes lies outside the file",
                    (unsigned long long)start, (unsigned long long)out->length);
        return;
    }
    out->offset = start;
    if (x->short_lengths) {
        uint64_t room = x->data_end - start - out->length;
        out->length += room < SHORT_LENGTH_PADDING ? room : SHORT_LENGTH_PADDING;
    }
    uint64_t dictionary = (uint64_t)raw->data_offset - start;
    out->dictionary_length = dictionary < out->length ? dictionary : 0;
}

static void settle_chunk(struct thrift *t, const struct row_group_context *x,
                         const struct chunk_raw *raw, const struct parquet_column *c,
                         struct parquet_chunk *out)
{
    out->encrypted = raw->encrypted;
    if (raw->encrypted && !raw->has_metadata) {
        return;
    }
    if (!raw->has_metadata) {
        thrift_fail(t, ERR_CORRUPT, "column chunk has no metadata");
        return;
    }
    if (raw->file_path.len) {
        thrift_fail(t, ERR_UNSUPPORTED, "a summary file: its rows lie in other files");
        return;
    }
    if (raw->type != (int32_t)c->physical) {
        thrift_fail(t, ERR_CORRUPT, "column chunk has type %d where the schema has %d", raw->type,
                    (int)c->physical);
        return;
    }
    settle_extent(t, x, raw, out);
    out->codec = (enum parquet_codec)raw->codec;
    out->all_dictionary = raw->all_dictionary;
    settle_index(x, raw->column_index_offset, raw->column_index_length, &out->column_index_offset,
                 &out->column_index_length);
    settle_index(x, raw->offset_index_offset, raw->offset_index_length, &out->offset_index_offset,
                 &out->offset_index_length);
    settle_index(x, raw->bloom_offset, raw->bloom_length, &out->bloom_offset, &out->bloom_length);
    stats_settle(&raw->stats, c, x->arena, &out->stats);
    if (out->stats.null_count > out->num_values) {
        out->stats.has_null_count = false;
        out->stats.null_count = 0;
    }
}

static void read_chunks(struct thrift *t, const struct thrift_field *f,
                        const struct row_group_context *x, struct parquet_row_group *out)
{
    size_t n = thrift_list(t, f, THRIFT_STRUCT, COLUMN_CHUNK_MIN);
    if (t->code == OK && n != x->footer->n_columns) {
        thrift_fail(t, ERR_CORRUPT, "row group has %zu column chunks, the schema %zu columns", n,
                    x->footer->n_columns);
        return;
    }
    if (out->chunks) {
        thrift_fail(t, ERR_CORRUPT, "row group lists its columns twice");
        return;
    }
    out->chunks = arena_array(x->arena, n, sizeof *out->chunks);
    for (size_t i = 0; i < n && t->code == OK; i++) {
        struct chunk_raw raw = {0};
        struct thrift_field g = {0};
        while (thrift_next(t, &g)) {
            read_chunk_field(t, &g, &raw);
        }
        if (t->code == OK) {
            settle_chunk(t, x, &raw, &x->footer->columns[i], &out->chunks[i]);
            out->bytes += out->chunks[i].length;
        }
    }
}

static void read_sorting(struct thrift *t, const struct thrift_field *f,
                         const struct row_group_context *x, struct parquet_row_group *out)
{
    size_t n = thrift_list(t, f, THRIFT_STRUCT, 4);
    out->sorting = arena_array(x->arena, n, sizeof *out->sorting);
    out->n_sorting = 0;
    for (; n && t->code == OK; n--) {
        int32_t column = -1;
        struct parquet_sorting s = {0};
        struct thrift_field g = {0};
        while (thrift_next(t, &g)) {
            if (g.id == 1) {
                column = thrift_i32(t, &g);
            } else if (g.id == 2) {
                s.descending = thrift_bool(t, &g);
            } else if (g.id == 3) {
                s.nulls_first = thrift_bool(t, &g);
            } else {
                thrift_skip(t, g.type);
            }
        }
        if (t->code == OK && (column < 0 || (size_t)column >= x->footer->n_columns)) {
            thrift_fail(t, ERR_CORRUPT, "row group is sorted by column %d, which does not exist",
                        column);
        }
        s.column = (uint32_t)column;
        out->sorting[out->n_sorting++] = s;
    }
}

void row_group_parse(struct thrift *t, const struct row_group_context *x,
                     struct parquet_row_group *out)
{
    *out = (struct parquet_row_group){0};
    int64_t rows = -1;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            read_chunks(t, &f, x, out);
            break;
        case 3:
            rows = thrift_i64(t, &f);
            break;
        case 4:
            read_sorting(t, &f, x, out);
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
    if (rows < 0 || (!out->chunks && x->footer->n_columns)) {
        thrift_fail(t, ERR_CORRUPT, "row group lacks its columns or its number of rows");
        return;
    }
    out->rows = (uint64_t)rows;
}
