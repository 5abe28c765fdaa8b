/* sigv4_test.c - against published vectors: the 38 of the AWS C library and three of the S3
 * documentation. */
#include "net/sigv4.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VECTORS_DIR TSI_SHARED_DATA "/sigv4"

struct vector {
    char request[8192], context[4096], canonical[8192], to_sign[4096], signature[128];
};

static bool slurp(const char *name, const char *file, char *to, size_t size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s", VECTORS_DIR, name, file);
    FILE *f = fopen(path, "rb");
    if (!f) {
        return false;
    }
    size_t n = fread(to, 1, size - 1, f);
    to[n] = '\0';
    fclose(f);
    return true;
}

/* The contexts are flat enough for this: "key": "text". */
static bool text_of(const char *json, const char *key, char *to, size_t size)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\": \"", key);
    const char *at = strstr(json, quoted);
    if (!at) {
        return false;
    }
    at += strlen(quoted);
    snprintf(to, size, "%.*s", (int)strcspn(at, "\""), at);
    return true;
}

static bool is_true(const char *json, const char *key)
{
    char text[64];
    snprintf(text, sizeof text, "\"%s\": true", key);
    return strstr(json, text) != NULL;
}

/* "2015-08-30T12:36:00Z" as "20150830T123600Z". */
static void compact_time(const char *iso, char out[SIGV4_TIME_SIZE])
{
    size_t n = 0;
    for (; *iso && n < SIGV4_TIME_SIZE - 1; iso++) {
        if (*iso != '-' && *iso != ':') {
            out[n++] = *iso;
        }
    }
    out[n] = '\0';
}

struct parsed {
    char method[16];
    struct str path, query, body;
    char names[16][128];
    struct sigv4_header headers[16];
    size_t n;
};

static void parse_header(struct parsed *p, char *line)
{
    char *colon = strchr(line, ':');
    assert_non_null(colon);
    snprintf(p->names[p->n], sizeof p->names[0], "%.*s", (int)(colon - line), line);
    p->headers[p->n].name = p->names[p->n];
    p->headers[p->n].value = str_c(colon + 1);
    p->n++;
}

/* Cuts the text in place. A line that begins with a blank goes on with the header above. */
static void parse_request(char *text, struct parsed *p)
{
    memset(p, 0, sizeof *p);
    char *end = strchr(text, '\n');
    char *version = strstr(text, " HTTP/1.1");
    assert_non_null(version);
    char *path = strchr(text, ' ') + 1;
    snprintf(p->method, sizeof p->method, "%.*s", (int)(path - 1 - text), text);
    struct str target = str_n(path, (size_t)(version - path));
    const char *mark = memchr(target.data, '?', target.len);
    p->path = str_n(target.data, mark ? (size_t)(mark - target.data) : target.len);
    p->query = str_from(target, p->path.len + 1);
    p->body = str_n("", 0);
    char *line = end ? end + 1 : text + strlen(text);
    while (*line && *line != '\n') {
        char *stop = line;
        do {
            stop = strchr(stop + 1, '\n');
        } while (stop && (stop[1] == ' ' || stop[1] == '\t'));
        if (stop) {
            *stop = '\0';
        }
        parse_header(p, line);
        line = stop ? stop + 1 : line + strlen(line);
    }
    if (*line == '\n') {
        p->body = str_c(line + 1);
    }
}

static void add(struct parsed *p, const char *name, const char *value)
{
    p->headers[p->n++] = (struct sigv4_header){name, str_c(value)};
}

static void check_vector(const char *name)
{
    static struct vector v;
    struct parsed p;
    char id[128], secret[128], token[1024], region[64], iso[64], timestamp[SIGV4_TIME_SIZE];
    char hash[SIGV4_HEX_SIZE], service[32], signature[SIGV4_HEX_SIZE];
    assert_true(slurp(name, "request.txt", v.request, sizeof v.request));
    assert_true(slurp(name, "context.json", v.context, sizeof v.context));
    assert_true(slurp(name, "header-canonical-request.txt", v.canonical, sizeof v.canonical));
    assert_true(slurp(name, "header-string-to-sign.txt", v.to_sign, sizeof v.to_sign));
    assert_true(slurp(name, "header-signature.txt", v.signature, sizeof v.signature));
    assert_true(text_of(v.context, "access_key_id", id, sizeof id));
    assert_true(text_of(v.context, "secret_access_key", secret, sizeof secret));
    assert_true(text_of(v.context, "region", region, sizeof region));
    assert_true(text_of(v.context, "service", service, sizeof service));
    assert_true(text_of(v.context, "timestamp", iso, sizeof iso));
    compact_time(iso, timestamp);
    parse_request(v.request, &p);
    sigv4_hash_hex(p.body.data, p.body.len, hash);
    add(&p, "X-Amz-Date", timestamp);
    if (text_of(v.context, "token", token, sizeof token) &&
        !is_true(v.context, "omit_session_token")) {
        add(&p, "X-Amz-Security-Token", token);
    }
    if (is_true(v.context, "sign_body")) {
        add(&p, "x-amz-content-sha256", hash);
    }
    struct strbuf path, query, canonical, to_sign, authorization;
    struct strbuf *const all[] = {&path, &query, &canonical, &to_sign, &authorization};
    for (size_t i = 0; i < 5; i++) {
        strbuf_init(all[i], 65536);
        strbuf_add(all[i], "", 0);
    }
    sigv4_canonical_path(p.path, is_true(v.context, "normalize"), &path);
    sigv4_canonical_query(p.query, &query);
    struct sigv4_request q = {p.method, path.data, query.data, p.headers, p.n, hash};
    struct sigv4_scope scope = {timestamp, region, service};
    sigv4_canonical_request(&q, &canonical);
    assert_string_equal(canonical.data, v.canonical);
    sigv4_string_to_sign(&scope, canonical.data, canonical.len, &to_sign);
    assert_string_equal(to_sign.data, v.to_sign);
    uint8_t key[SIGV4_KEY_SIZE];
    sigv4_signing_key(secret, &scope, key);
    sigv4_signature(key, to_sign.data, to_sign.len, signature);
    assert_string_equal(signature, v.signature);
    sigv4_authorization(key, id, &scope, &q, &authorization);
    assert_non_null(strstr(authorization.data, signature));
    for (size_t i = 0; i < 5; i++) {
        strbuf_free(all[i]);
    }
}

static void published_vectors(void **state)
{
    (void)state;
    DIR *dir = opendir(VECTORS_DIR);
    if (!dir) {
        print_message("SKIPPED: no vectors at %s\n", VECTORS_DIR);
        skip();
    }
    struct dirent *e;
    int n = 0;
    while ((e = readdir(dir))) {
        if (e->d_name[0] != '.') {
            print_message("%s\n", e->d_name);
            check_vector(e->d_name);
            n++;
        }
    }
    closedir(dir);
    assert_int_equal(n, 38);
}

/* "Signature Calculations for the Authorization Header", Amazon S3 API reference. */
static void s3_documentation(void **state)
{
    (void)state;
    static const struct {
        const char *path, *query, *range, *signature;
    } cases[] = {
        {"/test.txt", "", "bytes=0-9",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {"/", "lifecycle=", NULL,
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {"/", "max-keys=2&prefix=J", NULL,
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    struct sigv4_scope scope = {"20130524T000000Z", "us-east-1", "s3"};
    uint8_t key[SIGV4_KEY_SIZE];
    sigv4_signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", &scope, key);
    for (size_t i = 0; i < 3; i++) {
        struct sigv4_header headers[] = {
            {"x-amz-date", str_c(scope.timestamp)},
            {"Host", str_c("examplebucket.s3.amazonaws.com")},
            {"x-amz-content-sha256", str_c(SIGV4_EMPTY_HASH)},
            {"Range", str_c(cases[i].range)},
        };
        struct sigv4_request q = {"GET",   cases[i].path,          cases[i].query,
                                  headers, cases[i].range ? 4 : 3, SIGV4_EMPTY_HASH};
        struct strbuf out;
        strbuf_init(&out, 4096);
        sigv4_authorization(key, "AKIAIOSFODNN7EXAMPLE", &scope, &q, &out);
        assert_non_null(strstr(out.data, cases[i].signature));
        assert_non_null(strstr(
            out.data, "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "));
        assert_non_null(strstr(
            out.data, cases[i].range ? "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                                     : "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"));
        strbuf_free(&out);
    }
}

static void timestamps(void **state)
{
    (void)state;
    char out[SIGV4_TIME_SIZE];
    sigv4_timestamp(1369353600999999, out);
    assert_string_equal(out, "20130524T000000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(s3_documentation),
        cmocka_unit_test(timestamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
