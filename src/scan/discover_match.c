/* discover_match.c - which metadata file describes which folder. */
#include <string.h>

#include "scan/discover.h"

/* The rules of discover.h, best first. A rule is done for all files before the next one is looked
 * at, so the order of the files decides only between equals. */
enum rule {
    RULE_STEM,
    RULE_STEM_NOCASE,
    RULE_NAME,
    RULE_NAME_NOCASE,
    RULE_LOCATION,
    RULE_LOCATION_NOCASE,
    RULE_INSIDE_NAMED,
    RULE_INSIDE_ONLY,
    N_RULES,
};

/* Folder names with their letters in lower case -> the first folder of that name by its bytes. */
struct folded {
    struct map map;
};

static struct str fold(struct str s, struct strbuf *b)
{
    strbuf_clear(b);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        strbuf_add_char(b, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    return strbuf_view(b);
}

static void fold_folders(struct folded *f, const struct discovery *d)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX / 2);
    map_init(&f->map);
    for (size_t i = 0; i < d->n_folders; i++) {
        bool added;
        if (discovery_is_dataset(&d->folders[i]) && d->folders[i].name.len) {
            struct map_entry *e = map_put(&f->map, fold(d->folders[i].name, &b), &added);
            e->value = added ? i : e->value;
        }
    }
    strbuf_free(&b);
}

static size_t folder_named(const struct discovery *d, struct str name)
{
    uint64_t at;
    return name.len && map_get(&d->by_name, name, &at) && discovery_is_dataset(&d->folders[at])
               ? (size_t)at
               : DISCOVERY_NONE;
}

static size_t folder_named_nocase(const struct folded *f, struct str name)
{
    struct strbuf b;
    uint64_t at;
    strbuf_init(&b, SIZE_MAX / 2);
    bool found = name.len && map_get(&f->map, fold(name, &b), &at);
    strbuf_free(&b);
    return found ? (size_t)at : DISCOVERY_NONE;
}

/* "long/weather" of "s3://b/long/weather/" -> "weather". */
static struct str last_segment(const char *location)
{
    struct str s = str_c(location);
    while (s.len && s.data[s.len - 1] == '/') {
        s.len--;
    }
    for (size_t i = s.len; i > 0; i--) {
        if (s.data[i - 1] == '/') {
            return str_from(s, i);
        }
    }
    return s;
}

/* The folder that the file lies in; the root is one, too. */
static size_t folder_around(const struct discovery *d, const struct discovery_meta *m)
{
    uint64_t at;
    return m->inside && map_get(&d->by_name, discovery_first_segment(m->key), &at) &&
                   discovery_is_dataset(&d->folders[at])
               ? (size_t)at
               : DISCOVERY_NONE;
}

static size_t apply(const struct discovery *d, const struct folded *f,
                    const struct discovery_meta *m, enum rule rule)
{
    bool generic = m->inside && discovery_stem_is_generic(m->stem);
    struct str stem = str_c(generic ? "" : m->stem);
    struct str name = str_c(m->parsed ? m->parsed->name : NULL);
    struct str location = last_segment(m->parsed ? m->parsed->storage_location : NULL);
    size_t around;
    switch (rule) {
    case RULE_STEM:
        return folder_named(d, stem);
    case RULE_STEM_NOCASE:
        return folder_named_nocase(f, stem);
    case RULE_NAME:
        return folder_named(d, name);
    case RULE_NAME_NOCASE:
        return folder_named_nocase(f, name);
    case RULE_LOCATION:
        return folder_named(d, location);
    case RULE_LOCATION_NOCASE:
        return folder_named_nocase(f, location);
    case RULE_INSIDE_NAMED:
        return generic ? folder_around(d, m) : DISCOVERY_NONE;
    case RULE_INSIDE_ONLY:
        around = folder_around(d, m);
        return around != DISCOVERY_NONE && d->folders[around].n_metas == 1 ? around
                                                                           : DISCOVERY_NONE;
    case N_RULES:
        break;
    }
    return DISCOVERY_NONE;
}

/* A file that cannot be read describes nothing, but its dataset is known to have a description. */
static void place_failed(struct discovery *d, const struct folded *f)
{
    for (size_t i = 0; i < d->n_metas; i++) {
        struct discovery_meta *m = &d->metas[i];
        for (int rule = 0; rule < N_RULES && !m->parsed && m->folder == DISCOVERY_NONE; rule++) {
            size_t at = apply(d, f, m, (enum rule)rule);
            if (at != DISCOVERY_NONE) {
                m->folder = at;
                d->folders[at].meta_failed = true;
            }
        }
    }
}

void discovery_match(struct discovery *d)
{
    struct folded folded;
    fold_folders(&folded, d);
    for (int rule = 0; rule < N_RULES; rule++) {
        for (size_t i = 0; i < d->n_metas; i++) {
            struct discovery_meta *m = &d->metas[i];
            size_t at = m->parsed && m->folder == DISCOVERY_NONE
                            ? apply(d, &folded, m, (enum rule)rule)
                            : DISCOVERY_NONE;
            if (at != DISCOVERY_NONE && d->folders[at].meta == DISCOVERY_NONE) {
                d->folders[at].meta = i;
                m->folder = at;
            }
        }
    }
    place_failed(d, &folded);
    map_free(&folded.map);
}
