/* sparkline.h - the shape of a series: the least and the greatest value of each of up to 32
 * buckets.
 *
 * A bucket is 2^shift ticks of time wide and begins at a multiple of its width, in whatever span it
 * is found. So two sparklines merge without knowing of each other: the finer one is made as coarse
 * as the other (pairs become one), and the pyramid of coarser ones comes for nothing. Without times
 * the rows' positions take their place; then a later part is moved behind the earlier one, and its
 * buckets' edges are right to one bucket.
 *
 * Encoded, a value takes a byte between the series' least and greatest: a picture, no figure.
 */
#ifndef TSI_MODEL_SPARKLINE_H
#define TSI_MODEL_SPARKLINE_H

#include "base/str.h"
#include "model/time.h"

#define SPARKLINE_BUCKETS 32

struct sparkline {
    uint32_t n; /* buckets; 0: nothing is known */
    uint32_t shift;
    int64_t first; /* number of the first bucket: time >> shift */
    double min[SPARKLINE_BUCKETS], max[SPARKLINE_BUCKETS]; /* min > max: no value */
};

/* n finite values in order of their times, none of which is before those that are there. */
void sparkline_append(struct sparkline *s, const int64_t *times, const double *v, size_t n);
/* `offset` is added to the positions of b. */
void sparkline_merge(struct sparkline *a, const struct sparkline *b, int64_t offset);
/* Times in another unit, with so many ticks in a day in place of `per_day`. */
void sparkline_convert(struct sparkline *s, int64_t per_day, int64_t to_per_day);

/* shift, first, n, and two bytes a bucket between `lo` and `hi`. */
void sparkline_encode(const struct sparkline *s, double lo, double hi, struct strbuf *out);
/* One of eight blocks a bucket, as high as the middle between its two values; a blank where it has
 * none. */
void sparkline_draw(struct str encoded, struct strbuf *out);
/* Takes the bytes off the front of *in. */
bool sparkline_decode(struct str *in, double lo, double hi, struct sparkline *out);

#endif
