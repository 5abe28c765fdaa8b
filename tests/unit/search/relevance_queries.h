/* relevance_queries.h - questions to the catalog of relevance_catalog.h, and what a right answer
 * is.
 *
 * A query is made from a target (a series or a dataset) by what people do to a name: they cut it,
 * misspell it, turn its words round. A rule says which hits are right; it compares strings and
 * knows nothing of the index. Questions about datasets were written by hand, with their answers.
 */
#ifndef TSI_SEARCH_RELEVANCE_QUERIES_H
#define TSI_SEARCH_RELEVANCE_QUERIES_H

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "relevance_catalog.h"

enum rq_class {
    RQ_EXACT,
    RQ_DATASET,
    RQ_PREFIX,
    RQ_INSIDE,
    RQ_CHANGED,
    RQ_ADDED,
    RQ_LOST,
    RQ_SWAPPED,
    RQ_TWO_TYPOS,
    RQ_PART_TYPO,
    RQ_DATASET_TYPO,
    RQ_ORDER,
    RQ_SEPARATORS,
    RQ_FIELDS,
    RQ_COMPOSITE,
    RQ_NUMBER,
    RQ_SHORT,
    RQ_NON_ASCII,
    RQ_WORDS,
    RQ_NOTHING,
    RQ_CLASSES
};
static const char *const rq_names[] = {"exact id",
                                       "dataset name",
                                       "prefix",
                                       "inside",
                                       "1 typo: changed",
                                       "1 typo: added",
                                       "1 typo: lost",
                                       "1 typo: swapped",
                                       "2 typos",
                                       "typo in a part",
                                       "typo in a dataset",
                                       "word order",
                                       "separators, case",
                                       "dataset and series",
                                       "composite",
                                       "numbers",
                                       "1-2 letters",
                                       "beyond ASCII",
                                       "theme, column, prose",
                                       "nothing"};
#define RQ_PER_CLASS 32

/* What makes a hit right. */
enum rq_rule {
    RQ_SAME_ID,  /* a series with this id, in any dataset */
    RQ_THIS_ONE, /* this id in this dataset */
    RQ_BEGINS,   /* a series whose id begins with the needle, in any case of letters */
    RQ_HAS,      /* contains it */
    RQ_ONE_OF,   /* one of these datasets */
    RQ_NONE,     /* there is nothing to find */
};

struct rq_query {
    enum rq_class class;
    enum rq_rule rule;
    char text[200], id[160], needle[160];
    const char *datasets; /* joined by ',' */
    uint32_t relevant;    /* hits that are right, in the whole catalog */
};

struct rq_judged {
    const char *text, *datasets;
};

static const struct rq_judged rq_words[RQ_PER_CLASS] = {
    {"cloud operations", "alibaba_cluster_trace_2018,azure_vm_traces_2017,borg_cluster_data_2011"},
    {"virtual machines", "azure_vm_traces_2017"},
    {"containers", "alibaba_cluster_trace_2018"},
    {"cpu_rate", "borg_cluster_data_2011"},
    {"avg cpu", "azure_vm_traces_2017"},
    {"cpu_util_percent", "alibaba_cluster_trace_2018"},
    {"sunspots", "sunspot_with_missing"},
    {"river", "saugeenday"},
    {"seattle", "loop_seattle"},
    {"passengers", "beijing_subway_30min"},
    {"metro shanghai", "shmetro"},
    {"taxis shenzhen", "sz_taxi"},
    {"yellow taxis", "taxi_30min"},
    {"melbourne", "pedestrian_counts,oikolab_weather"},
    {"ecuador", "favorita_sales,favorita_transactions"},
    {"grocery", "favorita_sales,favorita_transactions"},
    {"pasta", "hierarchical_sales"},
    {"spare parts", "car_parts_with_missing"},
    {"cryptocurrency", "bitcoin_with_missing"},
    {"bank loans", "cif_2016_12"},
    {"macroeconomic", "fred_md"},
    {"cash machines", "nn5_daily_with_missing"},
    {"influenza", "cdc_fluview_ilinet"},
    {"patients", "hospital"},
    {"births", "us_births"},
    {"households london", "london_smart_meters_with_missing"},
    {"photovoltaic homes", "residential_pv_power"},
    {"turbines", "kdd2022"},
    {"wind australia", "wind_farms_with_missing"},
    {"microbusiness density", "godaddy"},
    {"half hourly", "london_smart_meters_with_missing"},
    {"air quality", "china_air_quality,beijing_air_quality"},
};

/* Misspelt as people misspell; the others of the class are made from names. */
static const struct rq_judged rq_misspelt[] = {
    {"beijng", "beijing_subway_30min,beijing_air_quality"},
    {"azuer vm", "azure_vm_traces_2017"},
    {"allibaba", "alibaba_cluster_trace_2018"},
    {"electicity demand", "australian_electricity_demand"},
    {"favoritta", "favorita_sales,favorita_transactions"},
    {"pedestrain", "pedestrian_counts"},
    {"tempreature rain", "temperature_rain_with_missing"},
    {"hosptial", "hospital"},
    {"resturant", "restaurant"},
    {"godady", "godaddy"},
    {"subseasonl precip", "subseasonal_precip"},
    {"wether", "weather,oikolab_weather"},
    {"bitcion", "bitcoin_with_missing"},
    {"turism", "tourism_monthly,australian_tourism"},
    {"heirarchical sales", "hierarchical_sales"},
    {"vehical trips", "vehicle_trips_with_missing"},
};
static const struct rq_judged rq_dataset_words[] = {
    {"azure vm", "azure_vm_traces_2017"},
    {"m5", "m5"},
    {"pems bay", "pems_bay"},
    {"bdg 2 bear", "bdg-2_bear"},
    {"BDG-2", "bdg-2_bear,bdg-2_fox,bdg-2_panther,bdg-2_rat"},
    {"web traffic weekly", "kaggle_web_traffic_weekly"},
    {"tycho", "project_tycho"},
    {"largest 2019", "largest_2019"},
    {"wiki rolling", "wiki-rolling_nips"},
    {"m4", "m4_hourly,m4_daily,m4_weekly,m4_monthly,m4_yearly"},
    {"cmip6", "cmip6_1850,cmip6_1855,cmip6_1900,cmip6_1950,cmip6_2000,cmip6_2010"},
    {"traces", "azure_vm_traces_2017"}};

/* ---- targets ---- */

/* The n-th series of a class: datasets of the wanted shapes in turn, numbers spread over them. */
static inline const struct rc_dataset *rq_target(uint32_t shapes, enum rq_class class, unsigned n,
                                                 uint64_t shrink, char *id)
{
    static const unsigned step = 37; /* no divisor of 109 */
    const struct rc_dataset *d;
    struct corpus_rng r = {(uint64_t) class * 1000 + n};
    unsigned at = (unsigned)class * 11 + n * step;
    do {
        d = &rc_datasets[at++ % RC_DATASETS];
    } while (!(shapes >> d->shape & 1));
    rc_id(d, corpus_below(&r, rc_size(d, shrink)), id);
    return d;
}

#define RQ_SHAPE(s) (1u << RC_##s)
#define RQ_LETTERS                                                                                 \
    (RQ_SHAPE(BUILDING) | RQ_SHAPE(PRODUCT) | RQ_SHAPE(PAGE) | RQ_SHAPE(DISEASE) |                 \
     RQ_SHAPE(REGION) | RQ_SHAPE(AIR))
#define RQ_WORDS_IN_ID (RQ_SHAPE(BUILDING) | RQ_SHAPE(PAGE) | RQ_SHAPE(DISEASE) | RQ_SHAPE(REGION))
#define RQ_PARTS       (RQ_SHAPE(MACHINE) | RQ_SHAPE(PAIR) | RQ_SHAPE(DISEASE) | RQ_SHAPE(REGION))

/* ---- what people do to names ---- */

/* One edit at the n-th letter (round and round); a letter is made the next of the alphabet. */
static inline void rq_edit(char *s, enum rq_class how, unsigned n)
{
    size_t letters[200], count = 0, len = strlen(s);
    for (size_t i = 0; i < len; i++) {
        bool swaps =
            i + 1 < len && isalpha((unsigned char)s[i + 1]) && tolower(s[i]) != tolower(s[i + 1]);
        if (isalpha((unsigned char)s[i]) && (how != RQ_SWAPPED || swaps)) {
            letters[count++] = i;
        }
    }
    size_t at = letters[n % count];
    char c = s[at], next = (char)(tolower(c) == 'z' ? c - 25 : c + 1);
    switch (how) {
    case RQ_ADDED:
        memmove(s + at + 1, s + at, len - at + 1);
        s[at] = next;
        break;
    case RQ_LOST:
        memmove(s + at, s + at + 1, len - at);
        break;
    case RQ_SWAPPED:
        s[at] = s[at + 1];
        s[at + 1] = c;
        break;
    default:
        s[at] = next;
    }
}

static inline bool rq_separates(char c)
{
    return c && strchr("_-./:| ", c) != NULL;
}

/* The words last to first, with blanks between. */
static inline void rq_turn_round(char *s)
{
    char out[200] = "";
    for (size_t end = strlen(s); end > 0;) {
        size_t begin = end;
        while (begin > 0 && !rq_separates(s[begin - 1])) {
            begin--;
        }
        sprintf(out + strlen(out), "%s%.*s", *out ? " " : "", (int)(end - begin), s + begin);
        end = begin ? begin - 1 : 0;
    }
    strcpy(s, out);
}

static inline void rq_other_separators(char *s, unsigned n)
{
    for (; *s; s++) {
        *s = rq_separates(*s) ? " -_."[n % 4]
             : n % 3 == 0     ? (char)toupper(*s)
             : n % 3 == 1     ? (char)tolower(*s)
                              : *s;
    }
}

/* The last `n` words of an id, as they are. */
static inline const char *rq_last_words(const char *s, int n)
{
    const char *at = s + strlen(s);
    while (at > s && (!rq_separates(at[-1]) || --n > 0)) {
        at--;
    }
    return at;
}

static inline void rq_without_accents(char *s)
{
    static const char *const pairs[][2] = {
        {"ü", "u"}, {"ã", "a"}, {"á", "a"}, {"ó", "o"}, {"Å", "a"}, {"ń", "n"},
        {"ș", "s"}, {"Ş", "s"}, {"ı", "i"}, {"í", "i"}, {"é", "e"}, {"ç", "c"},
        {"ő", "o"}, {"ö", "o"}, {"ä", "a"}, {"ň", "n"}, {"М", "м"}, {"К", "к"},
        {"О", "о"}, {"Α", "α"}, {"ή", "η"}, {"ï", "i"}, {"ô", "o"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *at = strstr(s, pairs[i][0]);
        size_t from = strlen(pairs[i][0]), to = strlen(pairs[i][1]);
        if (at) {
            memmove(at + to, at + from, strlen(at + from) + 1);
            memcpy(at, pairs[i][1], to);
        }
    }
}

/* ---- the queries of a class ---- */

static inline void rq_cut(struct rq_query *q, unsigned n)
{
    size_t len = strlen(q->id);
    if (q->class == RQ_PREFIX) {
        size_t keep = len / 2 + n % 3;
        sprintf(q->needle, "%.*s", (int)(keep > 3 ? keep : len), q->id);
    } else {
        size_t keep = 5 + n % 4 < len - 1 ? 5 + n % 4 : len - 1, from = 1 + n % (len - keep);
        sprintf(q->needle, "%.*s", (int)keep, q->id + from);
    }
    /* A separator at an end of the query says nothing, and rules compare bytes. */
    while (rq_separates(q->needle[strlen(q->needle) - 1])) {
        q->needle[strlen(q->needle) - 1] = 0;
    }
    memmove(q->needle, q->needle + strspn(q->needle, "_-./:| "), strlen(q->needle));
    q->needle[strlen(q->needle)] = 0;
    strcpy(q->text, q->needle);
    q->rule = q->class == RQ_PREFIX ? RQ_BEGINS : RQ_HAS;
}

static inline void rq_about_dataset(struct rq_query *q, unsigned n)
{
    const struct rq_judged *j = NULL;
    q->rule = RQ_ONE_OF;
    if (q->class == RQ_WORDS) {
        j = &rq_words[n];
    } else if (q->class == RQ_DATASET_TYPO && n < sizeof rq_misspelt / sizeof *rq_misspelt) {
        j = &rq_misspelt[n];
    } else if (q->class == RQ_DATASET && n < sizeof rq_dataset_words / sizeof *rq_dataset_words) {
        j = &rq_dataset_words[n];
    }
    if (j) {
        strcpy(q->text, j->text);
        q->datasets = j->datasets;
        return;
    }
    unsigned at = n * 41;
    while (strlen(rc_datasets[at % RC_DATASETS].id) < 9 ||
           rc_datasets[at % RC_DATASETS].shape == RC_GRID) {
        at++;
    }
    q->datasets = rc_datasets[at % RC_DATASETS].id;
    strcpy(q->text, q->datasets);
    if (q->class == RQ_DATASET_TYPO) {
        rq_edit(q->text, (enum rq_class)(RQ_CHANGED + n % 4), n);
    }
}

static inline void rq_short(struct rq_query *q, unsigned n)
{
    static const char letters[] = "THDWMYBT";
    sprintf(q->id, "%c%u", letters[n % 8], n % 9 + 1);
    q->rule = RQ_SAME_ID;
    strcpy(q->text, q->id);
    if (n % 2) {
        q->text[0] = (char)tolower(q->text[0]);
    }
}

static inline void rq_nothing(struct rq_query *q, unsigned n)
{
    struct corpus_rng r = {n * 77 + 5};
    q->rule = RQ_NONE;
    for (unsigned i = 0; i < 9 + n % 4; i++) {
        q->text[i] = "qxzjvkwq"[corpus_below(&r, 8)];
    }
}

static inline void rq_numbers(struct rq_query *q, unsigned n, uint64_t shrink)
{
    const uint32_t shapes = RQ_SHAPE(SENSOR) | RQ_SHAPE(STATION) | RQ_SHAPE(PADDED) |
                            RQ_SHAPE(LATLON) | RQ_SHAPE(COUNTED);
    rq_target(shapes, q->class, n, shrink, q->id);
    strcpy(q->text, q->id);
    q->rule = RQ_SAME_ID;
}

static inline void rq_make_series(struct rq_query *q, unsigned n, uint64_t shrink)
{
    uint32_t shapes = q->class == RQ_ORDER || q->class == RQ_PART_TYPO     ? RQ_WORDS_IN_ID
                      : q->class == RQ_NON_ASCII                           ? RQ_SHAPE(CITY)
                      : q->class == RQ_COMPOSITE                           ? RQ_PARTS
                      : q->class >= RQ_CHANGED && q->class <= RQ_TWO_TYPOS ? RQ_LETTERS
                      : q->class == RQ_SEPARATORS
                          ? RQ_LETTERS | RQ_SHAPE(MACHINE) | RQ_SHAPE(UPGRADE)
                          : ~(1u << RC_CITY);
    const struct rc_dataset *d = rq_target(shapes, q->class, n, shrink, q->id);
    q->rule = RQ_SAME_ID;
    strcpy(q->text, q->id);
    switch (q->class) {
    case RQ_PREFIX:
    case RQ_INSIDE:
        rq_cut(q, n);
        break;
    case RQ_TWO_TYPOS: /* half of the name apart */
        rq_edit(q->text, (enum rq_class)(RQ_CHANGED + n % 4), n % 5);
        rq_edit(q->text, (enum rq_class)(RQ_CHANGED + n / 4 % 4), 7 + n % 6);
        break;
    case RQ_PART_TYPO:
        strcpy(q->needle, rq_last_words(q->id, d->shape == RC_BUILDING ? 2 : 1));
        if (strlen(q->needle) < 6 || d->shape == RC_PAGE) {
            sprintf(
                q->needle, "%.*s",
                (int)(strcspn(q->id, "_|") + 1 + strcspn(q->id + strcspn(q->id, "_|") + 1, "_|")),
                q->id);
        }
        strcpy(q->text, q->needle);
        rq_edit(q->text, (enum rq_class)(RQ_CHANGED + n % 4), n);
        q->rule = RQ_HAS;
        break;
    case RQ_ORDER:
        rq_turn_round(q->text);
        break;
    case RQ_SEPARATORS:
        rq_other_separators(q->text, n);
        break;
    case RQ_FIELDS:
        sprintf(q->text, n % 2 ? "%s %s" : "%2$s %1$s", d->id, q->id);
        q->datasets = d->id;
        q->rule = RQ_THIS_ONE;
        break;
    case RQ_COMPOSITE: {
        char *bar = strchr(q->text, '|');
        *bar = " ,|"[n % 3];
        break;
    }
    case RQ_NON_ASCII:
        if (n % 2) {
            rq_without_accents(q->text);
        }
        break;
    default:
        if (q->class >= RQ_CHANGED && q->class <= RQ_SWAPPED) {
            rq_edit(q->text, q->class, n);
        }
    }
}

static inline void rq_make(enum rq_class class, unsigned n, uint64_t shrink, struct rq_query *q)
{
    *q = (struct rq_query){.class = class};
    if (class == RQ_DATASET || class == RQ_DATASET_TYPO || class == RQ_WORDS) {
        rq_about_dataset(q, n);
    } else if (class == RQ_SHORT) {
        rq_short(q, n);
    } else if (class == RQ_NOTHING) {
        rq_nothing(q, n);
    } else if (class == RQ_NUMBER) {
        rq_numbers(q, n, shrink);
    } else {
        rq_make_series(q, n, shrink);
    }
}

/* ---- judging ---- */

static inline bool rq_listed(const char *list, const char *dataset)
{
    size_t n = strlen(dataset);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL) {
        if (strncmp(at, dataset, n) == 0 && (at[n] == ',' || !at[n])) {
            return true;
        }
    }
    return false;
}

/* Case and which separator it is do not matter. */
static inline bool rq_same(char a, char b)
{
    return tolower(a) == tolower(b) || (rq_separates(a) && rq_separates(b));
}

static inline bool rq_begins(const char *text, const char *needle)
{
    for (; *needle && rq_same(*text, *needle); text++, needle++) {
    }
    return !*needle;
}

static inline bool rq_has(const char *text, const char *needle)
{
    for (; *text; text++) {
        if (rq_begins(text, needle)) {
            return true;
        }
    }
    return false;
}

/* `id` NULL: the hit is the dataset itself. */
static inline bool rq_right(const struct rq_query *q, const char *dataset, const char *id)
{
    switch (q->rule) {
    case RQ_SAME_ID: /* a dataset of that name is no wrong answer either */
        return id ? strcmp(id, q->id) == 0 : strcasecmp(dataset, q->id) == 0;
    case RQ_THIS_ONE:
        return id && strcmp(id, q->id) == 0 && strcmp(dataset, q->datasets) == 0;
    case RQ_BEGINS:
        return id && rq_begins(id, q->needle);
    case RQ_HAS:
        return id && rq_has(id, q->needle);
    case RQ_ONE_OF:
        return !id && rq_listed(q->datasets, dataset);
    default:
        return false;
    }
}

struct rq_score {
    double mrr, recall; /* sums over the queries of a class */
    unsigned queries;
};

/* Ten hits at most: `right[i]` tells of each. */
static inline void rq_add(struct rq_score *s, const struct rq_query *q, const bool *right, size_t n)
{
    size_t first = n, found = 0, most = q->relevant < 10 ? q->relevant : 10;
    for (size_t i = 0; i < n; i++) {
        found += right[i];
        first = right[i] && first == n ? i : first;
    }
    s->queries++;
    if (q->rule == RQ_NONE) {
        s->mrr += n == 0;
        s->recall += n == 0;
    } else {
        s->mrr += first < n ? 1.0 / (double)(first + 1) : 0;
        s->recall += most ? (double)found / (double)most : 0;
    }
}

#endif
