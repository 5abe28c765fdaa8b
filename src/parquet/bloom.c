#include "parquet/bloom.h"

#include "base/map.h"
#include "format/thrift.h"
#include "parquet/bits.h"

#define BLOCK_BYTES 32
#define BLOCK_WORDS 8

/* Which member of a union is set; 0 for none. */
static int16_t read_member(struct thrift *t, const struct thrift_field *field)
{
    int16_t member = 0;
    struct thrift_field f = {0};
    if (!thrift_struct(t, field)) {
        return 0;
    }
    while (thrift_next(t, &f)) {
        member = f.id;
        thrift_skip(t, f.type);
    }
    return member;
}

static void check_kind(struct thrift *t, const char *what, int16_t member)
{
    if (t->code == OK && member != 1) {
        thrift_fail(t, ERR_UNSUPPORTED, "bloom filter with %s %d", what, member);
    }
}

static int32_t read_header(struct thrift *t)
{
    int32_t bytes = -1;
    int16_t algorithm = 0, hash = 0, compression = 0;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            bytes = thrift_i32(t, &f);
            break;
        case 2:
            algorithm = read_member(t, &f);
            break;
        case 3:
            hash = read_member(t, &f);
            break;
        case 4:
            compression = read_member(t, &f);
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
    check_kind(t, "algorithm", algorithm);
    check_kind(t, "hash", hash);
    check_kind(t, "compression", compression);
    if (t->code == OK && (bytes <= 0 || bytes % BLOCK_BYTES || (uint64_t)bytes > BLOOM_BYTES_MAX)) {
        thrift_fail(t, ERR_CORRUPT, "bloom filter of %d bytes", bytes);
    }
    return bytes;
}

enum error_code bloom_parse(struct str bytes, uint64_t file_offset, struct bloom *out,
                            uint64_t *length, struct error *err)
{
    struct thrift t;
    *out = (struct bloom){.blocks = str_n("", 0)};
    *length = 0;
    thrift_init(&t, bytes, file_offset, err);
    int32_t n = read_header(&t);
    if (t.code != OK) {
        return t.code;
    }
    size_t header = (size_t)(t.at - t.start);
    *length = header + (uint64_t)n;
    if (*length <= bytes.len) {
        out->blocks = str_n(bytes.data + header, (size_t)n);
    }
    return OK;
}

bool bloom_may_hold(const struct bloom *b, struct str value)
{
    static const uint32_t salts[BLOCK_WORDS] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                                0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
    uint64_t blocks = b->blocks.len / BLOCK_BYTES;
    if (blocks == 0) {
        return true;
    }
    uint64_t hash = hash_xxh64(value.data, value.len);
    const char *block = b->blocks.data + ((hash >> 32) * blocks >> 32) * BLOCK_BYTES;
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        uint32_t bit = (uint32_t)hash * salts[i] >> 27;
        if (!(load32(block + 4 * i) >> bit & 1)) {
            return false;
        }
    }
    return true;
}
