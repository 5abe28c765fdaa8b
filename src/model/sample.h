/* sample.h - from files drawn at random to the whole dataset: estimates with 95 % intervals.
 *
 * Files are the clusters of a sample: all series of a drawn file are known, nothing of the others
 * but what their footers say. Each file has a weight that is known of all of them (the bytes of its
 * id columns, or its rows); a figure is assumed to be nearly proportional to it. Formulas, sources
 * and measured coverage: docs/STATISTICS.md, section 8.
 *
 * Pure.
 */
#ifndef TSI_MODEL_SAMPLE_H
#define TSI_MODEL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

struct sample_estimate {
    double value, low, high;
    bool has_interval; /* two files at least are needed for one */
};

/* The files that were not drawn. */
struct sample_rest {
    double weight; /* of all of them together */
    size_t files;
};

/* The total of a figure over all files, known of each of the m drawn ones: ratio estimator. */
void sample_total(const double *figure, const double *weight, size_t m,
                  const struct sample_rest *rest, struct sample_estimate *out);

/* What one drawn file has of series: those that are in no other drawn file, in one other, in two
 * others. */
struct sample_file {
    double weight;
    double alone, with_one, with_two;
};

/* The number of distinct series, of which `seen` are in the drawn files. Where no series is in two
 * drawn files this is the ratio estimator; else that of Chao and Lin for sampling without
 * replacement, a lower bound where series differ in the number of their files. */
void sample_series(const struct sample_file *files, size_t m, double seen,
                   const struct sample_rest *rest, struct sample_estimate *out);

/* The quantile of Student's t that 97.5 % lie below; `df` at least 1. */
double sample_t(size_t df);

#endif
