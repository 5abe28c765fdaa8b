/* What an interval promises is counted: corpora are made up at random, files are drawn from them,
 * and the truth has to lie inside in 95 of 100. */
#include "model/sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILES_MAX  80
#define SERIES_MAX 1200

/* ---- numbers that are the same everywhere ---- */

static uint64_t seed;

static double uniform(void)
{
    seed += 0x9e3779b97f4a7c15u;
    uint64_t x = seed;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    double u = uniform();
    return sqrt(-2 * log(u > 0 ? u : 1e-300)) * cos(6.283185307179586 * uniform());
}

static size_t below(size_t n)
{
    return (size_t)(uniform() * (double)n);
}

static void shuffle(size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (size_t i = n; i > 1; i--) {
        size_t at = below(i), kept = order[at];
        order[at] = order[i - 1];
        order[i - 1] = kept;
    }
}

/* ---- corpora whose files have series of their own ---- */

struct corpus {
    size_t n;
    double series[FILES_MAX], rows[FILES_MAX], id_bytes[FILES_MAX];
    double true_series, true_rows;
};

/* As real ones are: chunks of equally many series or files of very different sizes, long series
 * first, the last file short. The bytes of ids are what Parquet makes of them: a header, and some
 * bytes a series that vary with the ids. */
static void make_corpus(struct corpus *c, unsigned kind)
{
    static const double chunk[] = {10, 50, 100, 1000};
    double k = chunk[below(4)], spread = 0.2 + 0.8 * uniform(), falling = 5 * uniform();
    double noise = uniform() < 0.5 ? 0.02 : 0.1, header = 20 + 80 * uniform();
    *c = (struct corpus){.n = 12 + below(FILES_MAX - 12)};
    for (size_t i = 0; i < c->n; i++) {
        bool last = i + 1 == c->n;
        double y = kind == 0   ? k
                   : kind == 1 ? ceil(100 * exp(spread * normal()))
                               : (double)(5 + below(56));
        y = last ? ceil(y * (0.05 + 0.5 * uniform())) : y;
        double length = 5 + 200 * exp(-falling * (double)i / (double)c->n);
        c->series[i] = y;
        c->rows[i] = ceil(y * length * (0.9 + 0.2 * uniform()));
        c->id_bytes[i] = header + 9 * y * fmax(0.1, 1 + noise * normal());
        c->true_series += y;
        c->true_rows += c->rows[i];
    }
}

struct drawn {
    struct sample_file files[FILES_MAX];
    struct sample_rest rest;
    double seen;
};

static void draw(const struct corpus *c, size_t m, struct drawn *d)
{
    size_t order[FILES_MAX];
    shuffle(order, c->n);
    *d = (struct drawn){.rest = {.files = c->n - m}};
    for (size_t i = 0; i < c->n; i++) {
        size_t f = order[i];
        if (i < m) {
            d->files[i] = (struct sample_file){.weight = c->id_bytes[f], .alone = c->series[f]};
            d->seen += c->series[f];
        } else {
            d->rest.weight += c->id_bytes[f];
        }
    }
}

/* Percent of `rounds` corpora whose truth lies in the interval. */
static double coverage(unsigned kinds, size_t m, unsigned rounds)
{
    unsigned covered = 0;
    for (unsigned i = 0; i < rounds; i++) {
        struct corpus c;
        struct drawn d;
        struct sample_estimate e;
        make_corpus(&c, i % kinds);
        draw(&c, m, &d);
        sample_series(d.files, m, d.seen, &d.rest, &e);
        assert_true(e.has_interval && e.low <= e.value && e.value <= e.high);
        covered += e.low <= c.true_series && c.true_series <= e.high;
    }
    return 100.0 * covered / rounds;
}

static void intervals_cover_at_their_rate(void **state)
{
    (void)state;
    static const size_t sizes[] = {3, 4, 5, 6, 8, 10};
    double sum = 0;
    seed = 20240131;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double percent = coverage(3, sizes[i], 3000);
        print_message("%zu files: %.1f %%\n", sizes[i], percent);
        assert_true(percent >= 93 && percent <= 97);
        sum += percent;
    }
    assert_true(sum / 6 >= 94 && sum / 6 <= 96);
}

/* ---- series over several files ---- */

struct spread {
    size_t n, series;
    bool in[FILES_MAX][SERIES_MAX];
    double id_bytes[FILES_MAX];
};

/* Each series is in every file with the same probability, in one at least. */
static void make_spread(struct spread *s, double probability)
{
    memset(s, 0, sizeof *s);
    s->n = 15 + below(30);
    s->series = 100 + below(SERIES_MAX - 100);
    for (size_t j = 0; j < s->series; j++) {
        bool any = false;
        for (size_t i = 0; i < s->n; i++) {
            s->in[i][j] = uniform() < probability;
            any |= s->in[i][j];
        }
        s->in[below(s->n)][j] |= !any;
    }
    for (size_t i = 0; i < s->n; i++) {
        double k = 0;
        for (size_t j = 0; j < s->series; j++) {
            k += s->in[i][j];
        }
        s->id_bytes[i] = 60 + 9 * k * (1 + 0.03 * normal());
    }
}

static void estimate_spread(const struct spread *s, size_t m, struct sample_estimate *e)
{
    size_t order[FILES_MAX];
    struct sample_file files[FILES_MAX] = {{0}};
    struct sample_rest rest = {.files = s->n - m};
    double seen = 0;
    shuffle(order, s->n);
    for (size_t i = 0; i < s->n; i++) {
        *(i < m ? &files[i].weight : &rest.weight) += s->id_bytes[order[i]];
    }
    for (size_t j = 0; j < s->series; j++) {
        unsigned in = 0;
        for (size_t i = 0; i < m; i++) {
            in += s->in[order[i]][j];
        }
        seen += in > 0;
        for (size_t i = 0; i < m; i++) {
            bool here = s->in[order[i]][j];
            files[i].alone += here && in == 1;
            files[i].with_one += here && in == 2;
            files[i].with_two += here && in == 3;
        }
    }
    sample_series(files, m, seen, &rest, e);
}

static void series_of_several_files_are_not_counted_twice(void **state)
{
    (void)state;
    static struct spread s;
    unsigned covered = 0;
    const unsigned rounds = 400;
    seed = 7;
    for (unsigned i = 0; i < rounds; i++) {
        struct sample_estimate e;
        make_spread(&s, 0.03 + 0.4 * uniform());
        estimate_spread(&s, 8, &e);
        covered += e.low <= (double)s.series && (double)s.series <= e.high;
    }
    print_message("%.1f %%\n", 100.0 * covered / rounds);
    assert_true(covered >= rounds * 93 / 100);
    make_spread(&s, 1); /* all series in all files */
    struct sample_estimate e;
    estimate_spread(&s, 3, &e);
    assert_true(e.value == (double)s.series && e.low == e.high);
}

/* ---- edges ---- */

static void nothing_left_is_exact(void **state)
{
    (void)state;
    struct sample_file files[] = {{.weight = 10, .alone = 3}, {.weight = 20, .alone = 5}};
    struct sample_rest none = {0};
    struct sample_estimate e;
    sample_series(files, 2, 8, &none, &e);
    assert_true(e.has_interval && e.value == 8 && e.low == 8 && e.high == 8);
}

static void one_file_gives_an_estimate_without_interval(void **state)
{
    (void)state;
    struct sample_file file = {.weight = 10, .alone = 3};
    struct sample_rest rest = {.weight = 90, .files = 9};
    struct sample_estimate e;
    sample_series(&file, 1, 3, &rest, &e);
    assert_false(e.has_interval);
    assert_true(fabs(e.value - 30) < 1e-9);
}

/* 59 files of 1,000 series, the last one short: 58,409, and not 59,000. */
static void the_short_last_file_is_seen_by_its_bytes(void **state)
{
    (void)state;
    struct sample_file files[5];
    struct sample_rest rest = {.weight = 53 * 12000 + 409 * 12, .files = 54};
    struct sample_estimate e;
    for (size_t i = 0; i < 5; i++) {
        files[i] = (struct sample_file){.weight = 12000 + 20 * (double)i, .alone = 1000};
    }
    sample_series(files, 5, 5000, &rest, &e);
    assert_true(e.low <= 58409 && 58409 <= e.high && e.high - e.low < 0.03 * 58409);
}

static void quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    static const struct {
        size_t df;
        double t;
    } rows[] = {{1, 12.706}, {2, 4.303},  {5, 2.571},   {6, 2.447},
                {10, 2.228}, {30, 2.042}, {1000, 1.962}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(fabs(sample_t(rows[i].df) - rows[i].t) < 0.0015);
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(intervals_cover_at_their_rate),
        cmocka_unit_test(series_of_several_files_are_not_counted_twice),
        cmocka_unit_test(nothing_left_is_exact),
        cmocka_unit_test(one_file_gives_an_estimate_without_interval),
        cmocka_unit_test(the_short_last_file_is_seen_by_its_bytes),
        cmocka_unit_test(quantiles_are_those_of_the_tables)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
