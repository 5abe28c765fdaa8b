/* search_corpus.h - ids as real corpora have them, generated from a seed: tests and benchmark use
 * the same.
 *
 * Families and shares follow a survey of public collections: zero-padded counters, plain counters,
 * store x item composites, site_usage_name meters, random 8-digit numbers, page-traffic titles,
 * hexadecimal hashes, and a few non-ASCII names.
 */
#ifndef TSI_SEARCH_CORPUS_H
#define TSI_SEARCH_CORPUS_H

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "search/search.h"

enum corpus_family {
    CORPUS_PADDED,
    CORPUS_COUNTED,
    CORPUS_COMPOSITE,
    CORPUS_METER,
    CORPUS_NUMERIC,
    CORPUS_TITLE,
    CORPUS_HEX,
    CORPUS_UNICODE,
    CORPUS_FAMILIES,
};

static const char *const corpus_family_names[] = {"padded",  "counted", "composite", "meter",
                                                  "numeric", "title",   "hex",       "unicode"};
/* Hundredths of all ids. */
static const unsigned corpus_shares[] = {32, 10, 17, 9, 19, 7, 5, 1};

struct corpus_rng {
    uint64_t state;
};

static inline uint64_t corpus_next(struct corpus_rng *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15ull; /* splitmix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

static inline uint64_t corpus_below(struct corpus_rng *r, uint64_t n)
{
    return corpus_next(r) % n;
}

/* A pronounceable word, the same for the same number. */
static inline size_t corpus_word(uint64_t n, char *out)
{
    static const char *const on[] = {"b", "br", "c", "d", "f", "g", "h", "k",
                                     "l", "m",  "n", "p", "r", "s", "t", "v"};
    static const char *const mid[] = {"a", "e", "i", "o", "u", "ai", "ea", "ou"};
    struct corpus_rng r = {n * 7919 + 17};
    size_t len = 0, syllables = 2 + corpus_below(&r, 2);
    for (size_t i = 0; i < syllables; i++) {
        len +=
            (size_t)sprintf(out + len, "%s%s", on[corpus_below(&r, 16)], mid[corpus_below(&r, 8)]);
    }
    static const char *const tail[] = {"n", "r", "s", "", "l", "m", "t", ""};
    len += (size_t)sprintf(out + len, "%s", tail[corpus_below(&r, 8)]);
    return len;
}

static inline void corpus_title_case(char *s)
{
    s[0] = (char)(s[0] >= 'a' && s[0] <= 'z' ? s[0] - 32 : s[0]);
}

/* The i-th id of a dataset of a family; may repeat (the caller drops repeats). */
static inline size_t corpus_id(enum corpus_family f, uint64_t dataset, uint64_t i,
                               struct corpus_rng *r, char *out)
{
    static const struct {
        const char *before;
        int width;
        const char *behind;
    } padded[] = {{"item_", 6, ""},   {"sensor-", 5, ""},    {"MT_", 3, ""},
                  {"series_", 4, ""}, {"household ", 5, ""}, {"meter/", 6, "/kwh"}};
    static const char *const counted[] = {"T", "H", "store_", "zone:", "turbine-"};
    static const char *const departments[] = {"HOBBIES", "FOODS", "HOUSEHOLD"};
    static const char *const states[] = {"CA", "TX", "WI"};
    static const char *const sites[] = {
        "Bear",  "Bobcat", "Bull",    "Cockatoo", "Crow", "Eagle", "Fox",   "Gator", "Hog", "Lamb",
        "Moose", "Mouse",  "Panther", "Peacock",  "Rat",  "Robin", "Shrew", "Swan",  "Wolf"};
    static const char *const usages[] = {"education", "office",   "lodging", "assembly",
                                         "public",    "health",   "parking", "retail",
                                         "science",   "warehouse"};
    static const char *const places[] = {"Zürich", "Málaga", "São_Paulo", "Kraków", "東京",
                                         "Αθήνα",  "Москва", "Ærø",       "Łódź",   "Đà_Nẵng"};
    static const char *const projects[] = {"en.wikipedia.org_all-access_spider",
                                           "de.wikipedia.org_desktop_all-agents",
                                           "fr.wikipedia.org_mobile-web_all-agents"};
    char a[32], b[32];
    switch (f) {
    case CORPUS_PADDED:
        return (size_t)sprintf(out, "%s%0*llu%s", padded[dataset % 6].before,
                               padded[dataset % 6].width, (unsigned long long)i,
                               padded[dataset % 6].behind);
    case CORPUS_COUNTED:
        return (size_t)sprintf(out, "%s%llu", counted[dataset % 5], (unsigned long long)i + 1);
    case CORPUS_COMPOSITE:
        return (size_t)sprintf(out, "%s_%llu_%03llu_%s_%llu_evaluation", departments[i / 10 % 3],
                               (unsigned long long)(i / 3000 % 4 + 1),
                               (unsigned long long)(i / 30 % 829 + 1), states[i % 10 / 4 % 3],
                               (unsigned long long)(i % 10 % 4 + 1));
    case CORPUS_METER:
        corpus_word(corpus_below(r, 6000), a);
        corpus_title_case(a);
        return (size_t)sprintf(out, "%s_%s_%s", sites[corpus_below(r, 19)],
                               usages[corpus_below(r, 10)], a);
    case CORPUS_NUMERIC:
        return (size_t)sprintf(out, "%08llu", (unsigned long long)corpus_below(r, 100000000));
    case CORPUS_TITLE:
        corpus_word(corpus_below(r, 20000), a);
        corpus_word(corpus_below(r, 20000), b);
        corpus_title_case(a);
        return (size_t)sprintf(out, "%s_%s_%s", a, b, projects[corpus_below(r, 3)]);
    case CORPUS_HEX:
        return (size_t)sprintf(out, "%016llx", (unsigned long long)corpus_next(r));
    default:
        corpus_word(corpus_below(r, 5000), a);
        return (size_t)sprintf(out, "%s_%s_%llu", places[corpus_below(r, 10)], a,
                               (unsigned long long)corpus_below(r, 50));
    }
}

/* Dataset number `d` of the corpus: its family, in the proportions of corpus_shares. */
static inline enum corpus_family corpus_family_of(uint64_t d)
{
    unsigned at = (unsigned)(d * 61 % 100),
             f = 0; /* 61 is coprime to 100: every hundred datasets have the shares */
    while (at >= corpus_shares[f]) {
        at -= corpus_shares[f++];
    }
    return (enum corpus_family)f;
}

struct corpus_doc {
    char id[96], name[96], theme[32], description[160], source[32], folder[128], tag[32];
    const char *tags[1], *targets[2];
    struct search_doc doc;
};

static inline void corpus_document(uint64_t d, struct corpus_doc *c)
{
    static const char *const themes[] = {"Energy", "Transport", "Weather",     "Finance",
                                         "Retail", "Health",    "Web traffic", "Cloud operations"};
    static const char *const freqs[] = {"H", "D", "15T", "M", "W"};
    char a[32], b[32];
    corpus_word(d % 977 + 100000, a);
    corpus_word(d % 1409 + 200000, b);
    sprintf(c->id, "%s_%s_%llu", a, b, (unsigned long long)d);
    corpus_title_case(a);
    sprintf(c->name, "%s %s %llu", a, b, (unsigned long long)d);
    sprintf(c->theme, "%s", themes[d % 8]);
    sprintf(c->source, "%s", d % 3 ? "lotsa" : "public archive");
    sprintf(c->folder, "%s/%s/", d % 2 ? "monash" : "gluonts", c->id);
    sprintf(c->tag, "%s", d % 4 ? "univariate" : "multivariate");
    sprintf(c->description, "Readings of %s %s, number %llu of the collection.", a, b,
            (unsigned long long)d);
    c->tags[0] = c->tag;
    c->targets[0] = d % 5 ? "target" : "load_kw";
    c->targets[1] = "temperature";
    c->doc = (struct search_doc){.dataset_id = c->id,
                                 .name = c->name,
                                 .theme = c->theme,
                                 .description = c->description,
                                 .source = c->source,
                                 .folder = c->folder,
                                 .frequency = freqs[d % 5],
                                 .tags = c->tags,
                                 .n_tags = 1,
                                 .targets = c->targets,
                                 .n_targets = 2,
                                 .series = 0,
                                 .records = 1000 + d * 37 % 100000};
}

/* Called with each distinct id of a dataset, in the order of generation. */
typedef void corpus_each(void *user, uint64_t dataset, uint64_t nth, struct str id,
                         uint64_t records);

static inline uint64_t corpus_dataset(uint64_t d, uint64_t n, uint64_t seed, corpus_each *each,
                                      void *user)
{
    struct corpus_rng r = {seed ^ d * 0x9E3779B97F4A7C15ull};
    enum corpus_family f = corpus_family_of(d);
    struct map seen;
    char id[256];
    uint64_t count = 0;
    bool repeats = f >= CORPUS_COMPOSITE;
    map_init(&seen);
    for (uint64_t i = 0; i < n; i++) {
        size_t len = corpus_id(f, d, i, &r, id);
        bool added = true;
        if (repeats) {
            map_put(&seen, str_n(id, len), &added);
        }
        if (added) {
            uint64_t records = d % 3 ? 1ull << (corpus_next(&r) % 20) : 8760;
            each(user, d, count++, str_n(id, len), records);
        }
    }
    map_free(&seen);
    return count;
}

#endif
