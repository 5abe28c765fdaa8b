#include "net/sigv4.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
/* A canonical request is a path, a query and a few headers; a session token has a few kilobytes. */
#define TEXT_MAX ((size_t)1 << 20)

static void hmac(const void *key, size_t key_len, const void *data, size_t n,
                 uint8_t out[SIGV4_KEY_SIZE])
{
    size_t len = 0;
    /* It fails where the library has no memory or no SHA-256: nothing could be signed then, or
     * later. */
    if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len, data, n, out, SIGV4_KEY_SIZE,
                   &len) ||
        len != SIGV4_KEY_SIZE) {
        abort();
    }
}

static void to_hex(const uint8_t *bytes, char out[SIGV4_HEX_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < SIGV4_KEY_SIZE; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[SIGV4_HEX_SIZE - 1] = '\0';
}

void sigv4_timestamp(int64_t wall_us, char out[SIGV4_TIME_SIZE])
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(out, SIGV4_TIME_SIZE, "%Y%m%dT%H%M%SZ", &tm);
}

void sigv4_hash_hex(const void *data, size_t n, char out[SIGV4_HEX_SIZE])
{
    uint8_t digest[SIGV4_KEY_SIZE];
    unsigned len = 0;
    if (!EVP_Digest(data, n, digest, &len, EVP_sha256(), NULL) || len != sizeof digest) {
        abort();
    }
    to_hex(digest, out);
}

void sigv4_signing_key(const char *secret, const struct sigv4_scope *scope,
                       uint8_t out[SIGV4_KEY_SIZE])
{
    uint8_t step[SIGV4_KEY_SIZE];
    size_t n = strlen(secret);
    char *start = mem_alloc(n + 5);
    memcpy(start, "AWS4", 5);
    memcpy(start + 4, secret, n + 1);
    hmac(start, n + 4, scope->timestamp, 8, out);
    mem_wipe(start, n + 5);
    mem_free(start);
    hmac(out, SIGV4_KEY_SIZE, scope->region, strlen(scope->region), step);
    hmac(step, SIGV4_KEY_SIZE, scope->service, strlen(scope->service), out);
    hmac(out, SIGV4_KEY_SIZE, "aws4_request", strlen("aws4_request"), step);
    memcpy(out, step, SIGV4_KEY_SIZE);
    mem_wipe(step, sizeof step);
}

/* ---- headers ---- */

static int compare_names(const struct sigv4_header *a, const struct sigv4_header *b)
{
    for (size_t i = 0;; i++) {
        int x = (unsigned char)a->name[i], y = (unsigned char)b->name[i];
        x = x >= 'A' && x <= 'Z' ? x + 32 : x;
        y = y >= 'A' && y <= 'Z' ? y + 32 : y;
        if (x != y || x == 0) {
            return x - y;
        }
    }
}

/* Insertion sort: stable, so that repeated headers keep their order, and the list is short. */
static size_t sort_headers(const struct sigv4_request *q, const struct sigv4_header **sorted)
{
    size_t n = q->n_headers < SIGV4_HEADERS_MAX ? q->n_headers : SIGV4_HEADERS_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at && compare_names(&q->headers[i], sorted[at - 1]) < 0) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = &q->headers[i];
    }
    return n;
}

static void add_lower(struct strbuf *out, const char *name)
{
    for (; *name; name++) {
        strbuf_add_char(out, (char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name));
    }
}

/* Blanks off both ends, runs of blanks (and folded lines) to one. */
static void add_folded(struct strbuf *out, struct str value)
{
    value = str_trim(value);
    bool blank = false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_blank) {
            strbuf_add_char(out, c);
        } else if (!blank) {
            strbuf_add_char(out, ' ');
        }
        blank = is_blank;
    }
}

static void add_signed_names(const struct sigv4_request *q, struct strbuf *out)
{
    const struct sigv4_header *sorted[SIGV4_HEADERS_MAX];
    size_t n = sort_headers(q, sorted);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_names(sorted[i], sorted[i - 1]) != 0) {
            strbuf_add(out, ";", i > 0);
            add_lower(out, sorted[i]->name);
        }
    }
}

static void add_headers(const struct sigv4_request *q, struct strbuf *out)
{
    const struct sigv4_header *sorted[SIGV4_HEADERS_MAX];
    size_t n = sort_headers(q, sorted);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && compare_names(sorted[i], sorted[i - 1]) == 0) {
            strbuf_add_char(out, ',');
        } else {
            strbuf_add(out, "\n", i > 0);
            add_lower(out, sorted[i]->name);
            strbuf_add_char(out, ':');
        }
        add_folded(out, sorted[i]->value);
    }
    strbuf_add(out, "\n", n > 0);
}

/* ---- the steps ---- */

void sigv4_canonical_request(const struct sigv4_request *q, struct strbuf *out)
{
    strbuf_printf(out, "%s\n%s\n%s\n", q->method, q->path, q->query);
    add_headers(q, out);
    strbuf_add_char(out, '\n');
    add_signed_names(q, out);
    strbuf_printf(out, "\n%s", q->payload_hash);
}

void sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request, size_t n,
                          struct strbuf *out)
{
    char hash[SIGV4_HEX_SIZE];
    sigv4_hash_hex(canonical_request, n, hash);
    strbuf_printf(out, ALGORITHM "\n%s\n%.8s/%s/%s/aws4_request\n%s", scope->timestamp,
                  scope->timestamp, scope->region, scope->service, hash);
}

void sigv4_signature(const uint8_t key[SIGV4_KEY_SIZE], const char *string_to_sign, size_t n,
                     char out[SIGV4_HEX_SIZE])
{
    uint8_t mac[SIGV4_KEY_SIZE];
    hmac(key, SIGV4_KEY_SIZE, string_to_sign, n, mac);
    to_hex(mac, out);
}

void sigv4_authorization(const uint8_t key[SIGV4_KEY_SIZE], const char *access_key_id,
                         const struct sigv4_scope *scope, const struct sigv4_request *q,
                         struct strbuf *out)
{
    struct strbuf canonical, text;
    char signature[SIGV4_HEX_SIZE];
    strbuf_init(&canonical, TEXT_MAX);
    strbuf_init(&text, TEXT_MAX);
    sigv4_canonical_request(q, &canonical);
    sigv4_string_to_sign(scope, canonical.data, canonical.len, &text);
    sigv4_signature(key, text.data, text.len, signature);
    strbuf_printf(out,
                  ALGORITHM " Credential=%s/%.8s/%s/%s/aws4_request, SignedHeaders=", access_key_id,
                  scope->timestamp, scope->region, scope->service);
    add_signed_names(q, out);
    strbuf_printf(out, ", Signature=%s", signature);
    mem_wipe(canonical.data, canonical.cap); /* it holds the session token */
    strbuf_free(&canonical);
    strbuf_free(&text);
}
