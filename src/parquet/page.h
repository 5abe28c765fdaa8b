/* page.h - walk the pages of a chunk: header, bounds, checksum. */
#ifndef TSI_PARQUET_PAGE_H
#define TSI_PARQUET_PAGE_H

#include "parquet/chunk.h"

enum page_type {
    PAGE_DATA = 0,
    PAGE_INDEX = 1,
    PAGE_DICTIONARY = 2,
    PAGE_DATA_V2 = 3,
};

enum page_encoding {
    ENCODING_PLAIN = 0,
    ENCODING_PLAIN_DICTIONARY = 2,
    ENCODING_RLE = 3,
    ENCODING_BIT_PACKED = 4,
    ENCODING_DELTA_BINARY_PACKED = 5,
    ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
    ENCODING_DELTA_BYTE_ARRAY = 7,
    ENCODING_RLE_DICTIONARY = 8,
    ENCODING_BYTE_STREAM_SPLIT = 9,
};

struct page {
    int32_t type;      /* enum page_type, or a number we do not know */
    uint64_t offset;   /* of the header, in the file */
    struct str stored; /* the bytes behind the header, as they are in the file */
    uint64_t stored_offset;
    uint32_t uncompressed; /* length after decompression, levels of a v2 page included */
    bool has_crc;
    uint32_t crc;
    uint32_t num_values;       /* nulls included; of a dictionary: its entries */
    int32_t encoding;          /* enum page_encoding, or a number we do not know */
    int32_t level_encoding;    /* definition levels of a v1 page */
    int32_t rep_encoding;      /* its repetition levels */
    uint32_t rep_len, def_len; /* v2: bytes of levels, which are stored uncompressed in front */
    bool plain_stored;         /* v2: the values are stored uncompressed whatever the codec */
};

struct page_cursor {
    const struct chunk_piece *pieces;
    size_t n_pieces;
    size_t piece, at;  /* next byte */
    uint64_t page_max; /* largest uncompressed length */
};

/* The next page; *more is false behind the last. Its checksum has been verified where it has one.
 */
MUST_CHECK enum error_code page_next(struct page_cursor *c, struct page *out, bool *more,
                                     struct error *err);

#endif
