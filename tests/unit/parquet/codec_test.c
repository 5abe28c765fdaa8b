#include "build.h"

#include <libdeflate.h>
#include <lz4.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <zstd.h>

#include "parquet/codec.h"

static char text[20000], out[20001];

static int fill(void **state)
{
    (void)state;
    uint32_t seed = 9;
    for (size_t i = 0; i < sizeof text; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = (char)("series_0123456789"[seed >> 24 & 15] + (seed >> 31));
    }
    return 0;
}

/* `packed` gives the text with any of the two lengths right, and fails with others; and damaged
 * bytes never crash. */
static void assert_codec(enum parquet_codec codec, struct str packed, size_t n)
{
    struct codec c = {0};
    for (size_t front = 0; front <= n; front += n / 4) {
        size_t got;
        memset(out, 0, sizeof out);
        assert_true(codec_decompress_front(&c, codec, packed, (uint8_t *)out, n, front, &got));
        assert_true(got >= front && got <= n);
        assert_memory_equal(out, text, got);
        if (front > n / 2) {
            assert_false(codec_decompress_front(&c, codec, str_n(packed.data, packed.len / 4),
                                                (uint8_t *)out, n, front, &got));
        }
    }
    memset(out, 0, sizeof out);
    assert_true(codec_decompress(&c, codec, packed, (uint8_t *)out, n));
    assert_memory_equal(out, text, n);
    assert_false(codec_decompress(&c, codec, packed, (uint8_t *)out, n - 1));
    assert_false(codec_decompress(&c, codec, packed, (uint8_t *)out, n + 1));
    assert_false(
        codec_decompress(&c, codec, str_n(packed.data, packed.len - 1), (uint8_t *)out, n));
    assert_true(
        codec_decompress(&c, codec, packed, (uint8_t *)out, n)); /* the context is still good */
    codec_free(&c);
}

static void codecs_give_exactly_what_is_asked(void **state)
{
    (void)state;
    static char packed[40000];
    size_t n = sizeof packed;
    assert_int_equal(snappy_compress(text, sizeof text, packed, &n), SNAPPY_OK);
    assert_codec(PARQUET_SNAPPY, str_n(packed, n), sizeof text);
    n = ZSTD_compress(packed, sizeof packed, text, sizeof text, 1);
    assert_codec(PARQUET_ZSTD, str_n(packed, n), sizeof text);
    n = (size_t)LZ4_compress_default(text, packed, sizeof text, sizeof packed);
    assert_codec(PARQUET_LZ4_RAW, str_n(packed, n), sizeof text);
}

static void gzip_may_have_several_members(void **state)
{
    (void)state;
    static char packed[60000];
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(6);
    size_t a = libdeflate_gzip_compress(z, text, 7000, packed, sizeof packed);
    assert_codec(PARQUET_GZIP, str_n(packed, a), 7000);
    size_t b =
        libdeflate_gzip_compress(z, text + 7000, sizeof text - 7000, packed + a, sizeof packed - a);
    assert_codec(PARQUET_GZIP, str_n(packed, a + b), sizeof text);
    size_t n = libdeflate_zlib_compress(z, text, sizeof text, packed, sizeof packed);
    assert_codec(PARQUET_GZIP, str_n(packed, n), sizeof text);
    libdeflate_free_compressor(z);
}

static void put_be32(char *p, size_t v)
{
    for (int i = 0; i < 4; i++) {
        p[i] = (char)(v >> (24 - 8 * i));
    }
}

static size_t put_hadoop_block(char *p, const char *data, size_t n, int inner)
{
    size_t at = 4, part = n / (size_t)inner;
    put_be32(p, n);
    for (int i = 0; i < inner; i++) {
        size_t len = i == inner - 1 ? n - part * (size_t)i : part;
        size_t got =
            (size_t)LZ4_compress_default(data + part * (size_t)i, p + at + 4, (int)len, 40000);
        put_be32(p + at, got);
        at += 4 + got;
    }
    return at;
}

static void lz4_comes_in_three_framings(void **state)
{
    (void)state;
    static char packed[80000];
    size_t n = (size_t)LZ4_compress_default(text, packed, sizeof text, sizeof packed);
    assert_codec(PARQUET_LZ4, str_n(packed, n), sizeof text);
    n = LZ4F_compressFrame(packed, sizeof packed, text, sizeof text, NULL);
    assert_codec(PARQUET_LZ4, str_n(packed, n), sizeof text);
    n = put_hadoop_block(packed, text, sizeof text, 1);
    assert_codec(PARQUET_LZ4, str_n(packed, n), sizeof text);
    n = put_hadoop_block(packed, text, 9000, 3); /* blocks in blocks, and one after the other */
    n += put_hadoop_block(packed + n, text + 9000, sizeof text - 9000, 2);
    assert_codec(PARQUET_LZ4, str_n(packed, n), sizeof text);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct codec c = {0};
    for (int codec = PARQUET_SNAPPY; codec <= PARQUET_LZ4_RAW; codec++) {
        assert_true(
            codec_decompress(&c, (enum parquet_codec)codec, str_n("", 0), (uint8_t *)out, 0));
        assert_false(
            codec_decompress(&c, (enum parquet_codec)codec, str_n("", 0), (uint8_t *)out, 1));
    }
    codec_free(&c);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(codec_name(PARQUET_ZSTD), "zstd");
    assert_string_equal(codec_name((enum parquet_codec)99), "unknown");
    assert_false(codec_supported(PARQUET_LZO));
    assert_false(codec_supported((enum parquet_codec)99));
    assert_true(codec_supported(PARQUET_BROTLI)); /* compared with pyarrow in the corpus test */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codecs_give_exactly_what_is_asked),
        cmocka_unit_test(gzip_may_have_several_members),
        cmocka_unit_test(lz4_comes_in_three_framings),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
