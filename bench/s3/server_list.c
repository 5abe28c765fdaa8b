/* server_list.c - ListObjectsV2 over a sorted array. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "format/url.h"
#include "server.h"

#define PAGE_MAX 1000

size_t server_find(const struct server *s, const char *key)
{
    size_t lo = 0, hi = s->n_things;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(s->things[mid].key, key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* A parameter, decoded; "" where it is absent. */
static const char *parameter(const char *query, const char *name, struct arena *a)
{
    size_t n = strlen(name);
    for (const char *at = query; at && *at; at = strchr(at, '&'), at = at ? at + 1 : NULL) {
        if (strncmp(at, name, n) == 0 && at[n] == '=') {
            struct str out;
            const char *value = at + n + 1;
            if (url_decode(str_n(value, strcspn(value, "&")), true, a, &out)) {
                return arena_strndup(a, out.data, out.len);
            }
        }
    }
    return "";
}

/* The first thing behind all that begin with `prefix`. */
static size_t find_behind(const struct server *s, const char *prefix, struct arena *a)
{
    char *end = arena_strdup(a, prefix);
    size_t n = strlen(end);
    end[n - 1]++; /* prefixes end in a delimiter: no overflow */
    return server_find(s, end);
}

static void add_encoded(struct strbuf *out, const char *name, const char *text)
{
    strbuf_printf(out, "<%s>", name);
    url_encode(out, str_c(text), true);
    strbuf_printf(out, "</%s>", name);
}

static void add_object(struct strbuf *out, const struct thing *t)
{
    strbuf_add_c(out, "<Contents>");
    add_encoded(out, "Key", t->key);
    strbuf_printf(out,
                  "<LastModified>2024-01-31T23:59:59.000Z</LastModified><ETag>&quot;%032zx-2&quot;"
                  "</ETag><Size>%llu</Size><StorageClass>STANDARD</StorageClass></Contents>",
                  server_place(t->key), (unsigned long long)t->size);
}

/* Where the page begins: behind the token (a key that was last), or behind start-after. */
static size_t first_of_page(const struct server *s, const char *query, const char *prefix,
                            struct arena *a)
{
    const char *token = parameter(query, "continuation-token", a);
    const char *after = parameter(query, "start-after", a);
    size_t at = server_find(s, prefix);
    if (token[0]) {
        at = strtoull(token, NULL, 10);
    } else if (after[0]) {
        size_t i = server_find(s, after);
        i += i < s->n_things && strcmp(s->things[i].key, after) == 0;
        at = i > at ? i : at;
    }
    return at;
}

void server_list(const struct server *s, const char *query, struct strbuf *out)
{
    struct arena a;
    struct strbuf folders;
    arena_init(&a);
    strbuf_init(&folders, (size_t)16 << 20);
    const char *prefix = parameter(query, "prefix", &a);
    const char *delimiter = parameter(query, "delimiter", &a);
    const char *max = parameter(query, "max-keys", &a);
    size_t prefix_len = strlen(prefix), page = max[0] ? strtoull(max, NULL, 10) : PAGE_MAX, n = 0;
    size_t i = first_of_page(s, query, prefix, &a);
    page = page < PAGE_MAX ? page : PAGE_MAX;
    strbuf_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                  "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bench</Name>"
                  "<EncodingType>url</EncodingType><MaxKeys>%zu</MaxKeys>",
                  page);
    for (; i < s->n_things && n < page; n++) {
        const char *key = s->things[i].key;
        if (strncmp(key, prefix, prefix_len) != 0) {
            break;
        }
        const char *cut = delimiter[0] ? strstr(key + prefix_len, delimiter) : NULL;
        if (cut) {
            char *folder = arena_strndup(&a, key, (size_t)(cut - key) + strlen(delimiter));
            strbuf_add_c(&folders, "<CommonPrefixes>");
            add_encoded(&folders, "Prefix", folder);
            strbuf_add_c(&folders, "</CommonPrefixes>");
            i = find_behind(s, folder, &a);
        } else {
            add_object(out, &s->things[i++]);
        }
    }
    bool more = i < s->n_things && strncmp(s->things[i].key, prefix, prefix_len) == 0;
    strbuf_add(out, folders.data ? folders.data : "", folders.len);
    strbuf_printf(out, "<KeyCount>%zu</KeyCount><IsTruncated>%s</IsTruncated>", n,
                  more ? "true" : "false");
    if (more) {
        strbuf_printf(out, "<NextContinuationToken>%zu</NextContinuationToken>", i);
    }
    add_encoded(out, "Prefix", prefix);
    strbuf_add_c(out, "</ListBucketResult>");
    strbuf_free(&folders);
    arena_reset(&a);
}
