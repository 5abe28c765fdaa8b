/* locate.c - find the footer from the last bytes of a file, and say what the file is where it has
 * none. */
#include <string.h>

#include "parquet/bits.h"
#include "parquet/footer.h"

#define MAGIC_BYTES 4
/* "PAR1", footer length, "PAR1": what even an empty file has. */
#define FILE_MIN 12

static bool ends_with(struct str s, const char *magic)
{
    return s.len >= MAGIC_BYTES && memcmp(s.data + s.len - MAGIC_BYTES, magic, MAGIC_BYTES) == 0;
}

/* The file has no magic at its end: tell why, from its first bytes. */
static enum error_code not_a_footer(struct str head, uint64_t file_size, struct error *err)
{
    if (str_starts(head, "version https://git-lfs")) {
        return error_set(err, ERR_LFS_POINTER,
                         "a Git LFS pointer, not the file it stands for (run git lfs pull, or "
                         "upload the real file)");
    }
    if (str_starts(head, "PAR1") || str_starts(head, "PARE")) {
        return error_set_at(err, ERR_TRUNCATED, file_size,
                            "Parquet file was not closed: the writer did not finish, or the "
                            "upload was cut");
    }
    return error_set(err, ERR_NOT_PARQUET, "not a Parquet file: no PAR1 at its end");
}

/* The whole length of the footer, from its last 8 bytes. */
static enum error_code read_length(struct str tail, uint64_t file_size, uint64_t *footer_bytes,
                                   struct error *err)
{
    uint64_t n = load32(tail.data + tail.len - PARQUET_TAIL_MIN);
    if (n == 0) {
        return error_set_at(err, ERR_CORRUPT, file_size - PARQUET_TAIL_MIN,
                            "Parquet footer has length 0");
    }
    if (n > file_size - FILE_MIN) {
        return error_set_at(err, ERR_CORRUPT, file_size - PARQUET_TAIL_MIN,
                            "Parquet footer of %llu bytes does not fit a file of %llu",
                            (unsigned long long)n, (unsigned long long)file_size);
    }
    if (n + PARQUET_TAIL_MIN > PARQUET_FOOTER_MAX) {
        return error_set_at(err, ERR_LIMIT, file_size - PARQUET_TAIL_MIN,
                            "Parquet footer of %llu bytes is larger than the limit of %llu",
                            (unsigned long long)n, (unsigned long long)PARQUET_FOOTER_MAX);
    }
    *footer_bytes = n + PARQUET_TAIL_MIN;
    return OK;
}

enum error_code footer_locate(struct str tail, uint64_t file_size, struct str head,
                              uint64_t *footer_bytes, struct error *err)
{
    *footer_bytes = 0;
    if (file_size == 0) {
        return error_set(err, ERR_EMPTY_OBJECT, "the object is empty (0 bytes)");
    }
    if (tail.len > file_size ||
        tail.len < (file_size < PARQUET_TAIL_MIN ? file_size : PARQUET_TAIL_MIN)) {
        return error_set(err, ERR_INTERNAL, "footer_locate needs the last 8 bytes of the file");
    }
    if (tail.len == file_size) {
        head = tail;
    }
    if (file_size < FILE_MIN || (!ends_with(tail, "PAR1") && !ends_with(tail, "PARE"))) {
        return not_a_footer(head, file_size, err);
    }
    if (ends_with(tail, "PARE")) {
        return error_set_at(err, ERR_ENCRYPTED, file_size - MAGIC_BYTES,
                            "the Parquet footer is encrypted");
    }
    return read_length(tail, file_size, footer_bytes, err);
}
