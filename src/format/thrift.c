#include "format/thrift.h"

#include <stdio.h>

void thrift_init(struct thrift *t, struct str bytes, uint64_t file_offset, struct error *err)
{
    const uint8_t *p = (const uint8_t *)bytes.data;
    *t = (struct thrift){
        .start = p, .at = p, .end = p + bytes.len, .offset = file_offset, .err = err};
}

uint64_t thrift_offset(const struct thrift *t)
{
    return t->offset + (uint64_t)(t->at - t->start);
}

enum error_code thrift_fail(struct thrift *t, enum error_code code, const char *fmt, ...)
{
    if (t->code == OK) {
        char text[256]; /* all our texts are short constants with a number or two */
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        t->code = error_set_at(t->err, code, thrift_offset(t), "%s", text);
        t->at = t->end; /* nothing more is read: loops over elements end at once */
    }
    return t->code;
}

static size_t left(const struct thrift *t)
{
    return (size_t)(t->end - t->at);
}

static uint8_t read_byte(struct thrift *t)
{
    if (t->at == t->end) {
        thrift_fail(t, ERR_CORRUPT, "Thrift data ends in the middle of a value");
        return 0;
    }
    return *t->at++;
}

/* A 64-bit varint has at most ten bytes, and the tenth holds one bit. */
static uint64_t read_varint(struct thrift *t)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t b = read_byte(t);
        if (shift == 63 && b > 1) {
            break;
        }
        v |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) {
            return v;
        }
    }
    thrift_fail(t, ERR_CORRUPT, "Thrift integer is longer than 64 bits");
    return 0;
}

static int64_t read_zigzag(struct thrift *t)
{
    uint64_t v = read_varint(t);
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

bool thrift_next(struct thrift *t, struct thrift_field *f)
{
    uint8_t head = read_byte(t);
    if (t->code != OK || head == THRIFT_STOP) {
        return false;
    }
    int64_t id = head >> 4 ? f->id + (head >> 4) : read_zigzag(t);
    if (id < INT16_MIN || id > INT16_MAX) {
        thrift_fail(t, ERR_CORRUPT, "Thrift field id is beyond 16 bits");
        return false;
    }
    f->id = (int16_t)id;
    f->type = (enum thrift_type)(head & 15);
    if (f->type == THRIFT_STOP || f->type > THRIFT_UUID) {
        thrift_fail(t, ERR_CORRUPT, "Thrift field %d has unknown type %d", f->id, f->type);
    }
    return t->code == OK;
}

static void wrong_type(struct thrift *t, const struct thrift_field *f, const char *want)
{
    thrift_fail(t, ERR_CORRUPT, "Thrift field %d has type %d instead of %s", f->id, f->type, want);
}

bool thrift_bool(struct thrift *t, const struct thrift_field *f)
{
    if (f->type != THRIFT_TRUE && f->type != THRIFT_FALSE) {
        wrong_type(t, f, "a boolean");
    }
    return t->code == OK && f->type == THRIFT_TRUE;
}

int64_t thrift_i64(struct thrift *t, const struct thrift_field *f)
{
    if (f->type == THRIFT_BYTE) {
        return (int8_t)read_byte(t);
    }
    if (f->type != THRIFT_I16 && f->type != THRIFT_I32 && f->type != THRIFT_I64) {
        wrong_type(t, f, "an integer");
        return 0;
    }
    return read_zigzag(t);
}

int32_t thrift_i32(struct thrift *t, const struct thrift_field *f)
{
    int64_t v = thrift_i64(t, f);
    if (v < INT32_MIN || v > INT32_MAX) {
        thrift_fail(t, ERR_CORRUPT, "Thrift field %d is beyond 32 bits", f->id);
        return 0;
    }
    return (int32_t)v;
}

int32_t thrift_element_i32(struct thrift *t)
{
    const struct thrift_field element = {.type = THRIFT_I32};
    return thrift_i32(t, &element);
}

int64_t thrift_element_i64(struct thrift *t)
{
    const struct thrift_field element = {.type = THRIFT_I64};
    return thrift_i64(t, &element);
}

/* A byte of its own: 1 for true; 2, or 0 of older writers, for false. */
bool thrift_element_bool(struct thrift *t)
{
    uint8_t v = read_byte(t);
    if (v > 2) {
        thrift_fail(t, ERR_CORRUPT, "Thrift boolean %u in a list", v);
    }
    return v == 1;
}

struct str thrift_element_binary(struct thrift *t)
{
    const struct thrift_field element = {.type = THRIFT_BINARY};
    return thrift_binary(t, &element);
}

static struct str read_binary(struct thrift *t)
{
    uint64_t n = read_varint(t);
    if (n > left(t)) {
        thrift_fail(t, ERR_CORRUPT, "Thrift string of %llu bytes does not fit the %zu left",
                    (unsigned long long)n, left(t));
    }
    if (t->code != OK) {
        return (struct str){"", 0};
    }
    const uint8_t *p = t->at;
    t->at += n;
    return str_n(p, n);
}

struct str thrift_binary(struct thrift *t, const struct thrift_field *f)
{
    if (f->type != THRIFT_BINARY) {
        wrong_type(t, f, "a string");
        return (struct str){"", 0};
    }
    return read_binary(t);
}

bool thrift_struct(struct thrift *t, const struct thrift_field *f)
{
    if (f->type != THRIFT_STRUCT) {
        wrong_type(t, f, "a struct");
    }
    return t->code == OK;
}

/* Size and element type of a list or set: the size in the upper half of the first byte, 15 meaning
 * that it follows. */
static size_t read_list_head(struct thrift *t, enum thrift_type *element)
{
    uint8_t head = read_byte(t);
    *element = (enum thrift_type)(head & 15);
    uint64_t n = head >> 4 == 15 ? read_varint(t) : head >> 4;
    /* Every element takes a byte at least, an empty struct its stop byte. */
    if (n > left(t)) {
        thrift_fail(t, ERR_CORRUPT, "Thrift list of %llu elements in %zu bytes",
                    (unsigned long long)n, left(t));
    }
    return t->code == OK ? (size_t)n : 0;
}

size_t thrift_list(struct thrift *t, const struct thrift_field *f, enum thrift_type element,
                   size_t min_bytes)
{
    if (f->type != THRIFT_LIST) {
        wrong_type(t, f, "a list");
        return 0;
    }
    enum thrift_type got;
    size_t n = read_list_head(t, &got);
    if (element == THRIFT_TRUE && got == THRIFT_FALSE) {
        got = element;
    }
    if (n && got != element) { /* some writers give an empty list no type */
        thrift_fail(t, ERR_CORRUPT, "Thrift list of type %d instead of %d", got, element);
        return 0;
    }
    if (n > left(t) / min_bytes) {
        thrift_fail(t, ERR_CORRUPT, "Thrift list of %zu elements in %zu bytes", n, left(t));
        return 0;
    }
    return n;
}

static void skip_bytes(struct thrift *t, size_t n)
{
    if (n > left(t)) {
        thrift_fail(t, ERR_CORRUPT, "Thrift data ends in the middle of a value");
        return;
    }
    t->at += n;
}

static void skip_value(struct thrift *t, enum thrift_type type, unsigned depth);

/* In a list a boolean is a byte of its own. */
static void skip_element(struct thrift *t, enum thrift_type type, unsigned depth)
{
    if (type == THRIFT_TRUE || type == THRIFT_FALSE) {
        skip_bytes(t, 1);
    } else {
        skip_value(t, type, depth);
    }
}

static void skip_list(struct thrift *t, unsigned depth)
{
    enum thrift_type element;
    size_t n = read_list_head(t, &element);
    for (; n && t->code == OK; n--) {
        skip_element(t, element, depth);
    }
}

static void skip_map(struct thrift *t, unsigned depth)
{
    uint64_t n = read_varint(t);
    if (n == 0) {
        return; /* an empty map has no byte for its types */
    }
    uint8_t types = read_byte(t);
    for (; n && t->code == OK; n--) {
        skip_element(t, (enum thrift_type)(types >> 4), depth);
        skip_element(t, (enum thrift_type)(types & 15), depth);
    }
}

static void skip_struct(struct thrift *t, unsigned depth)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        skip_value(t, f.type, depth);
    }
}

/* Each step takes a byte at least, so the work is linear in the bytes whatever they claim. */
static void skip_value(struct thrift *t, enum thrift_type type, unsigned depth)
{
    if (depth == 0) {
        thrift_fail(t, ERR_LIMIT, "Thrift data nests deeper than %d", THRIFT_NESTING_MAX);
        return;
    }
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        break;
    case THRIFT_BYTE:
        skip_bytes(t, 1);
        break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        read_varint(t);
        break;
    case THRIFT_DOUBLE:
        skip_bytes(t, 8);
        break;
    case THRIFT_BINARY:
        read_binary(t);
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        skip_list(t, depth - 1);
        break;
    case THRIFT_MAP:
        skip_map(t, depth - 1);
        break;
    case THRIFT_STRUCT:
        skip_struct(t, depth - 1);
        break;
    case THRIFT_UUID:
        skip_bytes(t, 16);
        break;
    default:
        thrift_fail(t, ERR_CORRUPT, "Thrift value of unknown type %d", type);
    }
}

void thrift_skip(struct thrift *t, enum thrift_type type)
{
    skip_value(t, type, THRIFT_NESTING_MAX);
}
