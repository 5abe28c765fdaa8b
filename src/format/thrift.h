/* thrift.h - read the Thrift compact protocol from untrusted bytes.
 *
 * A cursor with a sticky error: after the first fault every read gives zero, every loop ends, and
 * `code` says why. So a parser is a plain loop over fields, and its error is looked at once, at the
 * end:
 *
 *     struct thrift_field f = {0};
 *     while (thrift_next(t, &f)) {
 *         switch (f.id) {
 *         case 1: rows = thrift_i64(t, &f); break;
 *         default: thrift_skip(t, f.type);
 *         }
 *     }
 *
 * Every field must be read or skipped. A field of another type than the parser expects is a fault.
 * A copy of the cursor is a bookmark: reading from the copy later leaves the original where it is.
 *
 * Bounds: no read outside the given bytes; nesting of skipped values at most THRIFT_NESTING_MAX; a
 * list never claims more elements than the bytes left can hold. Memory: none. Spec: apache/thrift,
 * thrift-compact-protocol.md.
 */
#ifndef TSI_FORMAT_THRIFT_H
#define TSI_FORMAT_THRIFT_H

#include "base/error.h"
#include "base/str.h"

/* Parquet's own structs nest about ten deep. */
#define THRIFT_NESTING_MAX 64

enum thrift_type {
    THRIFT_STOP = 0,
    THRIFT_TRUE =
        1, /* a boolean field carries its value in its type; in a list, 1 stands for the type */
    THRIFT_FALSE = 2,
    THRIFT_BYTE = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12,
    THRIFT_UUID = 13,
};

struct thrift {
    const uint8_t *start, *at, *end;
    uint64_t offset;      /* of `start` in the file: errors carry file offsets */
    enum error_code code; /* the first fault; OK so far */
    struct error *err;    /* its text; may be NULL */
};

struct thrift_field {
    int16_t id;
    enum thrift_type type;
};

void thrift_init(struct thrift *t, struct str bytes, uint64_t file_offset, struct error *err);
uint64_t thrift_offset(const struct thrift *t); /* of the cursor, in the file */

/* Record a fault at the cursor, unless there is one already; returns the code that stands. */
enum error_code thrift_fail(struct thrift *t, enum error_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The next field of the struct the cursor is in; false at its end and after a fault. `f` is zeroed
 * before the first. */
bool thrift_next(struct thrift *t, struct thrift_field *f);

/* The value of a field. Integers of any width are read, and checked to fit. Binary points into the
 * bytes. */
bool thrift_bool(struct thrift *t, const struct thrift_field *f);
int32_t thrift_i32(struct thrift *t, const struct thrift_field *f);
int64_t thrift_i64(struct thrift *t, const struct thrift_field *f);
struct str thrift_binary(struct thrift *t, const struct thrift_field *f);

/* False (and a fault) where the field is not a struct; else the cursor stands before its first
 * field. */
bool thrift_struct(struct thrift *t, const struct thrift_field *f);

/* The number of elements of a list of `element`s, each of which takes at least `min_bytes`; the
 * cursor then stands before the first. Structs are read as any struct, other elements with
 * thrift_element_*. For booleans ask for THRIFT_TRUE: writers differ in which of the two they name.
 */
size_t thrift_list(struct thrift *t, const struct thrift_field *f, enum thrift_type element,
                   size_t min_bytes);
int32_t thrift_element_i32(struct thrift *t);
int64_t thrift_element_i64(struct thrift *t);
bool thrift_element_bool(struct thrift *t);
struct str thrift_element_binary(struct thrift *t);

void thrift_skip(struct thrift *t, enum thrift_type type);

#endif
