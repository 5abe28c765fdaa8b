#include "footer_build.h"

enum { BOOL, I32, I64, I96, F32, F64, BIN, FIX };
enum { REQUIRED, OPTIONAL, REPEATED };

#define LEAF(name, type)                                                                           \
    {                                                                                              \
        name, type, OPTIONAL, -1, -1, -1, NULL                                                     \
    }
#define GROUP(name, r, n)                                                                          \
    {                                                                                              \
        name, -1, r, n, -1, -1, NULL                                                               \
    }
#define CHUNK(t)                                                                                   \
    {                                                                                              \
        .type = (t), .values = 8, .compressed = 100, .data_offset = 4, .dictionary_offset = -1     \
    }

static void the_schema_tree_becomes_leaves(void **state)
{
    (void)state;
    const struct element elements[] = {
        GROUP("root", -1, 4),
        {"id", BIN, REQUIRED, -1, 0, -1, NULL},
        GROUP("point", OPTIONAL, 2),
        {"x", F64, REQUIRED, -1, -1, -1, NULL},
        LEAF("y", F64),
        GROUP("tags", OPTIONAL, 1),
        GROUP("list", REPEATED, 1),
        LEAF("element", BIN),
        {"n", I32, REPEATED, -1, -1, -1, NULL},
    };
    const struct chunk_spec chunks[] = {CHUNK(BIN), CHUNK(F64), CHUNK(F64), CHUNK(BIN), CHUNK(I32)};
    struct footer_spec spec = {elements, 9, chunks, 5, 8, 8, false, NULL};
    struct parsed p;
    assert_int_equal(parse_spec(&p, &spec), OK);
    const struct {
        const char *path, *name, *type;
        int def, rep;
        bool top;
    } want[] = {
        {"id", "id", "string", 0, 0, true},
        {"point.x", "point", "double", 1, 0, false},
        {"point.y", "point", "double", 2, 0, false},
        {"tags.list.element", "tags", "list<binary>", 3, 1, false},
        {"n", "n", "list<int32>", 1, 1, true},
    };
    assert_int_equal(p.footer->n_columns, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct parquet_column *c = &p.footer->columns[i];
        assert_string_equal(c->path, want[i].path);
        assert_string_equal(c->name, want[i].name);
        assert_string_equal(parquet_type_text(c, &p.arena), want[i].type);
        assert_int_equal(c->max_def, want[i].def);
        assert_int_equal(c->max_rep, want[i].rep);
        assert_int_equal(c->top_level, want[i].top);
        assert_ptr_equal(footer_find(p.footer, want[i].path), c);
    }
    assert_null(footer_find(p.footer, "point"));
    assert_int_equal(p.footer->rows, 8);
    assert_string_equal(p.footer->created_by, "a test");
    parsed_free(&p);
}

static void trees_that_do_not_close_are_refused(void **state)
{
    (void)state;
    static const struct element missing[] = {GROUP("root", -1, 2), LEAF("a", I32)};
    static const struct element extra[] = {GROUP("root", -1, 1), LEAF("a", I32), LEAF("b", I32)};
    static const struct element type[] = {GROUP("root", -1, 1), LEAF("a", 8)};
    static const struct element repetition[] = {GROUP("root", -1, 1),
                                                {"a", I32, 3, -1, -1, -1, NULL}};
    const struct {
        const struct element *e;
        size_t n;
    } cases[] = {{missing, 2}, {extra, 3}, {type, 2}, {repetition, 2}, {NULL, 0}};
    const struct chunk_spec chunks[] = {CHUNK(I32), CHUNK(I32)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct footer_spec spec = {cases[i].e, cases[i].n, chunks, cases[i].n ? cases[i].n - 1 : 0,
                                   8,          8,          false,  NULL};
        struct parsed p;
        assert_int_equal(parse_spec(&p, &spec), ERR_CORRUPT);
        parsed_free(&p);
    }
}

static void groups_nest_64_deep(void **state)
{
    (void)state;
    struct element elements[80] = {GROUP("root", -1, 1)};
    for (int depth = 64; depth <= 65; depth++) {
        for (int i = 1; i <= depth; i++) {
            elements[i] = (struct element)GROUP("g", OPTIONAL, 1);
        }
        elements[depth + 1] = (struct element)LEAF("leaf", I32);
        const struct chunk_spec chunk = CHUNK(I32);
        struct footer_spec spec = {elements, (size_t)depth + 2, &chunk, 1, 8, 8, false, NULL};
        struct parsed p;
        assert_int_equal(parse_spec(&p, &spec), depth == 64 ? OK : ERR_LIMIT);
        parsed_free(&p);
    }
}

static void put_timestamp(struct writer *e)
{
    struct writer l = put_struct(e, 10);
    struct writer t = put_struct(&l, 8);
    put_bool(&t, 1, true);
    struct writer u = put_struct(&t, 2);
    put_struct(&u, 3);
    put_stop(e->b);
    put_stop(e->b);
    put_stop(e->b);
    put_stop(e->b);
}

static void put_uint8(struct writer *e)
{
    struct writer l = put_struct(e, 10);
    struct writer t = put_struct(&l, 10);
    put_field(&t, 1, 3);
    put_byte(e->b, 8);
    put_bool(&t, 2, false);
    put_stop(e->b);
    put_stop(e->b);
}

static void put_future_type(struct writer *e)
{
    struct writer l = put_struct(e, 10);
    put_struct(&l, 25);
    put_stop(e->b);
    put_stop(e->b);
}

static void types_say_what_values_mean(void **state)
{
    (void)state;
    const struct {
        struct element e;
        const char *text;
        enum time_unit unit;
        bool is_signed;
    } cases[] = {
        {{"c", I64, OPTIONAL, -1, -1, -1, NULL}, "int64", TIME_UNIT_NONE, true},
        {{"c", I64, OPTIONAL, -1, -1, -1, put_timestamp}, "timestamp[ns, UTC]", TIME_UNIT_NS, true},
        {{"c", I64, OPTIONAL, -1, 10, -1, NULL}, "timestamp[us, UTC]", TIME_UNIT_US, true},
        {{"c", I32, OPTIONAL, -1, 9, -1, NULL},
         "int32",
         TIME_UNIT_NONE,
         true}, /* milliseconds need 64 bits */
        {{"c", I32, OPTIONAL, -1, 6, -1, NULL}, "date", TIME_UNIT_DAY, true},
        {{"c", I32, OPTIONAL, -1, 7, -1, NULL}, "time[ms, UTC]", TIME_UNIT_MS, true},
        {{"c", I32, OPTIONAL, -1, 13, -1, NULL}, "uint32", TIME_UNIT_NONE, false},
        {{"c", I32, OPTIONAL, -1, -1, -1, put_uint8}, "uint8", TIME_UNIT_NONE, false},
        {{"c", I64, OPTIONAL, -1, 15, -1, NULL},
         "int64",
         TIME_UNIT_NONE,
         true}, /* int8 in an int64 */
        {{"c", I96, OPTIONAL, -1, -1, -1, NULL}, "timestamp[ns]", TIME_UNIT_NS, false},
        {{"c", BIN, OPTIONAL, -1, 19, -1, NULL}, "json", TIME_UNIT_NONE, false},
        {{"c", BIN, OPTIONAL, -1, -1, -1, put_future_type}, "binary", TIME_UNIT_NONE, false},
        {{"c", FIX, OPTIONAL, -1, -1, 7, NULL}, "fixed[7]", TIME_UNIT_NONE, false},
        {{"c", FIX, OPTIONAL, -1, 21, 12, NULL}, "interval", TIME_UNIT_NONE, false},
        {{"c", BOOL, OPTIONAL, -1, -1, -1, NULL}, "bool", TIME_UNIT_NONE, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct element elements[] = {GROUP("root", -1, 1), cases[i].e};
        const struct chunk_spec chunk = CHUNK(cases[i].e.type);
        struct footer_spec spec = {elements, 2, &chunk, 1, 8, 8, false, NULL};
        struct parsed p;
        assert_int_equal(parse_spec(&p, &spec), OK);
        const struct parquet_column *c = &p.footer->columns[0];
        assert_string_equal(parquet_type_text(c, &p.arena), cases[i].text);
        assert_int_equal(c->unit, cases[i].unit);
        assert_int_equal(c->is_signed, cases[i].is_signed);
        parsed_free(&p);
    }
}

static enum error_code parse_chunk(struct parsed *p, const struct chunk_spec *chunk,
                                   const char *created_by)
{
    const struct element elements[] = {GROUP("root", -1, 1), LEAF("c", I64)};
    struct footer_spec spec = {elements, 2, chunk, 1, 8, 8, false, created_by};
    return parse_spec(p, &spec);
}

static void a_chunk_starts_at_its_dictionary(void **state)
{
    (void)state;
    static const struct {
        int64_t data, dictionary;
        uint64_t offset, dictionary_length;
    } cases[] = {
        {50, -1, 50, 0}, {50, 4, 4, 46}, {50, 0, 50, 0}, /* writers that mean "none" */
        {50, 50, 50, 0},                                 /* both at the dictionary */
        {50, 90, 50, 0},                                 /* behind the data: cannot be */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chunk_spec chunk = CHUNK(I64);
        chunk.data_offset = cases[i].data;
        chunk.dictionary_offset = cases[i].dictionary;
        struct parsed p;
        assert_int_equal(parse_chunk(&p, &chunk, NULL), OK);
        const struct parquet_chunk *c = &p.footer->row_groups[0].chunks[0];
        assert_int_equal(c->offset, cases[i].offset);
        assert_int_equal(c->dictionary_length, cases[i].dictionary_length);
        assert_int_equal(c->length, 100);
        parsed_free(&p);
    }
}

static void chunks_lie_inside_the_file(void **state)
{
    (void)state;
    static const struct {
        int64_t offset, compressed;
        enum error_code want;
    } cases[] = {
        {FILE_DATA - 100, 100, OK},  {FILE_DATA - 99, 100, ERR_CORRUPT},
        {4, INT64_MAX, ERR_CORRUPT}, {INT64_MAX, 100, ERR_CORRUPT},
        {-1, 100, ERR_CORRUPT},      {4, -1, ERR_CORRUPT},
        {INT64_MAX, 0, OK}, /* nothing to read: where does not matter */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chunk_spec chunk = CHUNK(I64);
        chunk.data_offset = cases[i].offset;
        chunk.compressed = cases[i].compressed;
        struct parsed p;
        assert_int_equal(parse_chunk(&p, &chunk, NULL), cases[i].want);
        parsed_free(&p);
    }
}

static void old_writers_forgot_the_dictionary_header(void **state)
{
    (void)state;
    static const struct {
        const char *created_by;
        int64_t offset;
        uint64_t length;
    } cases[] = {
        {"parquet-mr version 1.2.8", 4, 200},
        {"parquet-mr", 4, 200},
        {"parquet-mr version 1.2.9", 4, 100},
        {"parquet-mr version 1.12.0 (build x)", 4, 100},
        {"parquet-cpp", 4, 100},
        {"parquet-mr version 1.0.0", FILE_DATA - 120, 120},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chunk_spec chunk = CHUNK(I64);
        chunk.data_offset = cases[i].offset;
        struct parsed p;
        assert_int_equal(parse_chunk(&p, &chunk, cases[i].created_by), OK);
        assert_int_equal(p.footer->row_groups[0].chunks[0].length, cases[i].length);
        parsed_free(&p);
    }
}

static void all_dictionary_needs_proof(void **state)
{
    (void)state;
    static const int both[][3] = {{2, 0, 1}, {0, 8, 3}},
                     fallback[][3] = {{2, 0, 1}, {0, 8, 3}, {0, 0, 1}};
    static const int v2[][3] = {{2, 2, 1}, {3, 2, 3}}, none[][3] = {{2, 0, 1}};
    static const int zero[][3] = {{0, 8, 1}, {0, 0, 0}};
    const struct {
        const int (*p)[3];
        size_t n;
        bool want;
    } cases[] = {{both, 2, true},  {fallback, 3, false}, {v2, 2, true},
                 {none, 1, false}, {zero, 2, true},      {NULL, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chunk_spec chunk = CHUNK(I64);
        chunk.page_encodings = cases[i].p;
        chunk.n_page_encodings = cases[i].n;
        struct parsed p;
        assert_int_equal(parse_chunk(&p, &chunk, NULL), OK);
        assert_int_equal(p.footer->row_groups[0].chunks[0].all_dictionary, cases[i].want);
        parsed_free(&p);
    }
}

static void chunks_that_cannot_be_read_say_so(void **state)
{
    (void)state;
    struct parsed p;
    struct chunk_spec chunk = CHUNK(I64);
    chunk.encrypted = chunk.no_metadata = true;
    assert_int_equal(parse_chunk(&p, &chunk, NULL), OK); /* other columns may be readable */
    assert_true(p.footer->row_groups[0].chunks[0].encrypted);
    parsed_free(&p);
    chunk.encrypted = false;
    assert_int_equal(parse_chunk(&p, &chunk, NULL), ERR_CORRUPT);
    parsed_free(&p);
    chunk = (struct chunk_spec)CHUNK(I64);
    chunk.file_path = "part-0.parquet";
    assert_int_equal(parse_chunk(&p, &chunk, NULL), ERR_UNSUPPORTED);
    parsed_free(&p);
    chunk = (struct chunk_spec)CHUNK(I32); /* the schema has INT64 */
    assert_int_equal(parse_chunk(&p, &chunk, NULL), ERR_CORRUPT);
    parsed_free(&p);
}

static void counts_must_agree(void **state)
{
    (void)state;
    const struct element elements[] = {GROUP("root", -1, 2), LEAF("a", I64), LEAF("b", I64)};
    const struct chunk_spec chunks[] = {CHUNK(I64), CHUNK(I64), CHUNK(I64)};
    static const struct {
        size_t chunks;
        int64_t rows, group_rows;
        enum error_code want;
    } cases[] = {
        {2, 8, 8, OK},          {1, 8, 8, ERR_CORRUPT},  {3, 8, 8, ERR_CORRUPT},
        {2, 9, 8, ERR_CORRUPT}, {2, 8, -1, ERR_CORRUPT}, {2, -8, 8, ERR_CORRUPT},
        {2, 0, 8, OK}, /* a total that was never filled in */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct footer_spec spec = {
            elements, 3, chunks, cases[i].chunks, cases[i].rows, cases[i].group_rows, false, NULL};
        struct parsed p;
        assert_int_equal(parse_spec(&p, &spec), cases[i].want);
        if (cases[i].want == OK) {
            assert_int_equal(p.footer->rows, 8);
            assert_int_equal(p.footer->row_groups[0].bytes, 200);
        }
        parsed_free(&p);
    }
}

/* Whatever is cut or changed, the parser comes back with an answer; most answers are errors with an
 * offset. */
static void damaged_footers_never_crash(void **state)
{
    (void)state;
    const struct element elements[] = {
        GROUP("root", -1, 2), LEAF("a", I64), {"b", BIN, OPTIONAL, -1, 0, -1, NULL}};
    const struct stats_bytes stats = {.min_value = str_c("aaaaaaaa"),
                                      .max_value = str_c("bbbbbbbb"),
                                      .null_count = 1,
                                      .exact = 1};
    struct chunk_spec chunks[] = {CHUNK(I64), CHUNK(BIN)};
    chunks[0].stats = chunks[1].stats = &stats;
    struct footer_spec spec = {elements, 3, chunks, 2, 8, 8, false, NULL};
    struct parsed p;
    assert_int_equal(parse_spec(&p, &spec), OK);
    size_t n = p.bytes.len;
    char *copy = mem_alloc(n);
    int refused = 0;
    for (size_t i = 0; i < n - 8; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct arena a;
            arena_init(&a);
            struct parquet_footer *f;
            memcpy(copy, p.bytes.data, n);
            copy[i] = (char)(copy[i] ^ 1 << bit);
            refused += footer_parse(str_n(copy, n), FILE_DATA + n, &a, &f, NULL) != OK;
            arena_reset(&a);
        }
    }
    assert_true(refused > 100);
    for (size_t cut = 1; cut < n - 8; cut++) { /* bytes missing at the end of the metadata */
        struct arena a;
        arena_init(&a);
        struct parquet_footer *f;
        size_t left = n - cut;
        memcpy(copy, p.bytes.data, left - 8);
        uint32_t length = (uint32_t)left - 8;
        memcpy(copy + left - 8, &length, 4);
        memcpy(copy + left - 4, "PAR1", 4);
        assert_int_equal(footer_parse(str_n(copy, left), FILE_DATA + left, &a, &f, NULL),
                         ERR_CORRUPT);
        arena_reset(&a);
    }
    mem_free(copy);
    parsed_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_tree_becomes_leaves),
        cmocka_unit_test(trees_that_do_not_close_are_refused),
        cmocka_unit_test(groups_nest_64_deep),
        cmocka_unit_test(types_say_what_values_mean),
        cmocka_unit_test(a_chunk_starts_at_its_dictionary),
        cmocka_unit_test(chunks_lie_inside_the_file),
        cmocka_unit_test(old_writers_forgot_the_dictionary_header),
        cmocka_unit_test(all_dictionary_needs_proof),
        cmocka_unit_test(chunks_that_cannot_be_read_say_so),
        cmocka_unit_test(counts_must_agree),
        cmocka_unit_test(damaged_footers_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
