/* part_code.h - a scanned part of a file as bytes and back: what a run that is killed keeps of a
 * file that it had not finished.
 *
 *     version, unit, grain, remarks, kind of ids, whether they are signed, whether they escape,
 * targets, n uneven targets x number, n series x (0 | 1, number | 1, length, bytes; 0 | 1, first,
 * last time), n spans x (series, row group, first row, rows, last - first row, times [, t_min,
 * t_max
 * - t_min], length, bytes of steps, length, bytes of values), 8 bytes XXH3 of all before
 *
 * Numbers are varints (seven bits a byte, least significant first), signed ones zigzag. The bytes
 * come out of a catalog that a kill or a bad disk may have had its hand in: part_decode reads
 * nothing beyond their end, allocates in proportion to them, and refuses what the checksum or a
 * bound does not hold for. Another version of the program may mean another version here; its bytes
 * are refused, and the row groups are read again.
 */
#ifndef TSI_SCAN_PART_CODE_H
#define TSI_SCAN_PART_CODE_H

#include "scan/scan_part.h"

/* Raised with whatever changes the bytes or the meaning of a part. */
#define PART_VERSION 3

void part_encode(const struct scan_part *p, struct strbuf *out);
/* A bound from below of what that gives, at no cost. */
uint64_t part_bytes_least(const struct scan_part *p);

/* The same in buckets, by the hashes of the ids: a part for each, of the series that fall into it,
 * in their order. Buckets of one number, of parts that follow each other in a file, put together by
 * part_append are that bucket of the file. Of 16 million ids in a file a bucket has 64 thousand. */
#define PART_BUCKETS 256
/* Bucket i lies at at[i] up to at[i + 1] of what is added to `out`. */
void part_encode_buckets(const struct scan_part *p, struct strbuf *out,
                         uint64_t at[PART_BUCKETS + 1]);

/* `p` is initialised where this is true. Spans lie in row groups [first, first + n). */
bool part_decode(struct str bytes, uint64_t first, uint64_t n, struct scan_part *p);

#endif
