#include "model/sample.h"

#include <math.h>

#include "base/memory.h"

#define Z_975 1.959963984540054
/* Files of a sample that are all alike leave nothing to tell a scatter from, and promise an
 * exactness that nobody has seen. So one more file is taken to be off by this part of what its
 * weight says: the bytes of an id vary by about as much. */
#define SCATTER_ASSUMED 0.02

double sample_t(size_t df)
{
    /* The expansion of Cornish and Fisher is good to four digits from six degrees on. */
    static const double few[] = {12.7062, 4.30265, 3.18245, 2.77645, 2.57058};
    if (df <= sizeof few / sizeof *few) {
        return few[df ? df - 1 : 0];
    }
    double n = (double)df, z = Z_975, z3 = z * z * z, z5 = z3 * z * z;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
           (3 * z5 * z * z + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

static double sum(const double *v, size_t m)
{
    double s = 0;
    for (size_t i = 0; i < m; i++) {
        s += v[i];
    }
    return s;
}

static void set_interval(struct sample_estimate *out, double variance, size_t m, double least)
{
    double half = sample_t(m - 1) * sqrt(variance > 0 ? variance : 0);
    out->low = out->value - half > least ? out->value - half : least;
    out->high = out->value + half;
    out->has_interval = true;
}

/* Delete-one jackknife, times the share of files that were not drawn. */
static double jackknife(double sum_of_squares, size_t m, const struct sample_rest *rest)
{
    double n = (double)(m + rest->files);
    return sum_of_squares * (double)(m - 1) / (double)m * (double)rest->files / n;
}

/* Of the error of prediction where the figure of a file scatters with the root of its weight. */
static double model_variance(const double *figure, const double *weight, size_t m, double drawn,
                             double ratio, const struct sample_rest *rest)
{
    double s = 0;
    for (size_t i = 0; i < m; i++) {
        double off = figure[i] - ratio * weight[i];
        s += weight[i] > 0 ? off * off / weight[i] : 0;
    }
    double assumed = SCATTER_ASSUMED * ratio * sqrt(drawn / (double)m);
    double with_one_more = (s + assumed * assumed) / (double)m;
    double seen = s / (double)(m - 1);
    s = seen > with_one_more ? seen : with_one_more;
    return s * rest->weight * (drawn + rest->weight) / drawn;
}

void sample_total(const double *figure, const double *weight, size_t m,
                  const struct sample_rest *rest, struct sample_estimate *out)
{
    double drawn = sum(weight, m), total = sum(figure, m), mean = 0, squares = 0;
    *out = (struct sample_estimate){.value = total, .low = total, .high = total};
    if (rest->files == 0 || m == 0 || drawn <= 0) {
        out->has_interval = rest->files == 0;
        return;
    }
    double all = drawn + rest->weight, ratio = total / drawn;
    out->value = all * ratio;
    if (m < 2) {
        return;
    }
    /* Twice over the files: the mean first, the squares around it then. A file that carries all the
     * weight cannot be left out. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < m; i++) {
            double left = drawn - weight[i];
            double without = left > 0 ? all * (total - figure[i]) / left : out->value;
            mean += pass ? 0 : without / (double)m;
            squares += pass ? (without - mean) * (without - mean) : 0;
        }
    }
    double a = jackknife(squares, m, rest);
    double b = model_variance(figure, weight, m, drawn, ratio, rest);
    set_interval(out, a > b ? a : b, m, total);
}

/* Chao and Lin (2012): q/(1-q) of theirs is drawn / left here, so that files weigh what they hold.
 */
static double richness(double seen, double once, double twice, size_t m, double drawn, double left)
{
    double d = once * drawn / left;
    d += m > 1 ? 2 * twice * (double)m / (double)(m - 1) : 0;
    return left > 0 && d > 0 ? seen + once * once / d : seen;
}

struct incidence {
    double seen, once, twice, drawn;
};

static double richness_without(const struct incidence *all, const struct sample_file *f, size_t m,
                               const struct sample_rest *rest)
{
    return richness(all->seen - f->alone, all->once - f->alone + f->with_one,
                    all->twice - f->with_one + f->with_two, m - 1, all->drawn - f->weight,
                    rest->weight + f->weight);
}

static void shared_series(const struct sample_file *files, size_t m, const struct incidence *all,
                          const struct sample_rest *rest, struct sample_estimate *out)
{
    double mean = 0, squares = 0;
    out->value = richness(all->seen, all->once, all->twice, m, all->drawn, rest->weight);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < m; i++) {
            double without = richness_without(all, &files[i], m, rest);
            mean += pass ? 0 : without / (double)m;
            squares += pass ? (without - mean) * (without - mean) : 0;
        }
    }
    set_interval(out, jackknife(squares, m, rest), m, all->seen);
}

/* No series is in two drawn files: the number of series is a total as any other. */
static void own_series(const struct sample_file *files, size_t m, const struct sample_rest *rest,
                       struct sample_estimate *out)
{
    double *figure = mem_alloc(2 * m * sizeof *figure), *weight = figure + m;
    for (size_t i = 0; i < m; i++) {
        figure[i] = files[i].alone;
        weight[i] = files[i].weight;
    }
    sample_total(figure, weight, m, rest, out);
    mem_free(figure);
}

void sample_series(const struct sample_file *files, size_t m, double seen,
                   const struct sample_rest *rest, struct sample_estimate *out)
{
    struct incidence all = {.seen = seen};
    double with_one = 0;
    for (size_t i = 0; i < m; i++) {
        all.once += files[i].alone;
        with_one += files[i].with_one;
        all.drawn += files[i].weight;
    }
    all.twice = with_one / 2;
    *out = (struct sample_estimate){.value = seen, .low = seen, .high = seen};
    if (all.once == seen && m > 0) {
        own_series(files, m, rest, out);
    } else if (rest->files == 0 || all.drawn <= 0) {
        out->has_interval = rest->files == 0;
    } else {
        shared_series(files, m, &all, rest, out);
    }
}
